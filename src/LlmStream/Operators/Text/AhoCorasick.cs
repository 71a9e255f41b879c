using System.Buffers;

namespace LlmStream.Operators.Text;

/// <summary>
/// Finds any of several strings in a text that comes in pieces, in time linear in the text however many strings there are
/// (Aho and Corasick, 1975). Immutable; the place in the text is a number that the caller keeps.
/// </summary>
/// <remarks>
/// A state is a node of the tree of all patterns' beginnings. Invariant: after any text the state is the longest end of the
/// text that begins a pattern. Where no pattern goes on with the next character, the failure link leads to the longest
/// shorter end that begins one; as each link makes it shorter, and each character longer by one, the links
/// followed are never more than the characters read.
/// </remarks>
internal sealed class AhoCorasick
{
    /// <summary>The state in which nothing has been recognised.</summary>
    public const int Root = 0;

    private readonly Dictionary<(int State, char Next), int> _next = [];
    private readonly List<Node> _nodes = [new Node()];
    private readonly SearchValues<char> _starts;

    /// <summary>Makes the tree. No pattern is empty.</summary>
    public AhoCorasick(IReadOnlyList<string> patterns)
    {
        Patterns = patterns;
        for (int i = 0; i < patterns.Count; i++)
        {
            int state = Root;
            foreach (char c in patterns[i])
            {
                if (!_next.TryGetValue((state, c), out int next))
                {
                    next = _nodes.Count;
                    _next.Add((state, c), next);
                    _nodes.Add(new Node { Parent = state, Entry = c, Depth = _nodes[state].Depth + 1, Prefix = i });
                }

                state = next;
            }

            if (_nodes[state].Pattern < 0) _nodes[state].Pattern = i; // a pattern that is there twice counts once
        }

        Link();
        _starts = SearchValues.Create([.. patterns.Select(pattern => pattern[0])]);
    }

    public IReadOnlyList<string> Patterns { get; }

    /// <summary>The state after one more character.</summary>
    public int Step(int state, char c) => Step(state, c, out _);

    /// <summary>The same, and how many failure links it took.</summary>
    public int Step(int state, char c, out int linksFollowed)
    {
        linksFollowed = 0;
        while (true)
        {
            if (_next.TryGetValue((state, c), out int next)) return next;
            if (state == Root) return Root;
            state = _nodes[state].Failure;
            linksFollowed++;
        }
    }

    /// <summary>How many characters, from <paramref name="index"/>, cannot begin a pattern: the root state passes over them.</summary>
    public int SkipFromRoot(ReadOnlySpan<char> text, int index)
    {
        int found = text[index..].IndexOfAny(_starts);
        return found < 0 ? text.Length - index : found;
    }

    /// <summary>How many of the last characters may be the beginning of a pattern.</summary>
    public int Depth(int state) => _nodes[state].Depth;

    /// <summary>Those characters.</summary>
    public ReadOnlySpan<char> Prefix(int state) => Patterns[Math.Max(_nodes[state].Prefix, 0)].AsSpan(0, _nodes[state].Depth);

    /// <summary>The longest pattern that ends here, or -1.</summary>
    public int Match(int state) => _nodes[state].Pattern >= 0 ? _nodes[state].Pattern : ShorterMatch(state, out _);

    /// <summary>The pattern that is all of the state's characters, or -1.</summary>
    public int PatternAt(int state) => _nodes[state].Pattern;

    /// <summary>The next shorter pattern that ends at the same place, or -1, and the state that stands for it.</summary>
    public int ShorterMatch(int state, out int shorter)
    {
        shorter = _nodes[state].Shorter;
        return shorter < 0 ? -1 : _nodes[shorter].Pattern;
    }

    /// <summary>Sets the links, breadth first, so that those of all shorter beginnings are set before.</summary>
    private void Link()
    {
        foreach (int state in Enumerable.Range(1, _nodes.Count - 1).OrderBy(state => _nodes[state].Depth))
        {
            Node node = _nodes[state];
            node.Failure = node.Parent == Root ? Root : Step(_nodes[node.Parent].Failure, node.Entry);
            Node failure = _nodes[node.Failure];
            node.Shorter = failure.Pattern >= 0 ? node.Failure : failure.Shorter;
        }
    }

    private sealed class Node
    {
        public int Parent;
        public char Entry;
        public int Depth;

        /// <summary>A pattern that begins so.</summary>
        public int Prefix = -1;

        /// <summary>The pattern that ends here, or -1.</summary>
        public int Pattern = -1;

        /// <summary>The longest shorter end of the text that begins a pattern.</summary>
        public int Failure;

        /// <summary>The longest shorter end of the text that is a pattern, or -1.</summary>
        public int Shorter = -1;
    }
}
