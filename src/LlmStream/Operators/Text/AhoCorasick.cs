using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Operators.Text;

/// <summary>
/// Finds any of several strings in a text that arrives in pieces, in time linear in the text however many strings there are
/// (Aho and Corasick, 1975). Immutable: the caller keeps the state, which is a number.
/// </summary>
/// <remarks>
/// A state is a node in the trie of all patterns. Invariant: after any text the state is the longest suffix of the text that is a
/// prefix of a pattern. If no pattern continues with the next character, the failure link leads to the next shorter suffix that
/// is such a prefix. Each link makes the suffix shorter and each character makes it longer by one at most, so no more links are
/// followed than characters are read.
/// </remarks>
internal sealed class AhoCorasick
{
    /// <summary>The state in which nothing has been recognised.</summary>
    public const int Root = 0;

    private readonly Dictionary<(int State, char Next), int> _next = [];
    private readonly List<Node> _nodes = [new Node()];
    private readonly SearchValues<char> _firstCharacters;

    /// <summary>Builds the automaton.</summary>
    /// <param name="patterns">The strings to find. None is empty.</param>
    public AhoCorasick(IReadOnlyList<string> patterns)
    {
        Patterns = patterns;
        for (int i = 0; i < patterns.Count; i++)
        {
            Debug.Assert(patterns[i].Length > 0, "No pattern is empty.");
            int state = Root;
            foreach (char c in patterns[i])
            {
                if (!_next.TryGetValue((state, c), out int next))
                {
                    next = _nodes.Count;
                    _next.Add((state, c), next);
                    _nodes.Add(new Node { Parent = state, Character = c, Depth = _nodes[state].Depth + 1, Prefix = i });
                }

                state = next;
            }

            if (_nodes[state].Pattern < 0) _nodes[state].Pattern = i; // the first of several equal patterns
        }

        SetLinks();
        _firstCharacters = SearchValues.Create([.. patterns.Select(pattern => pattern[0])]);
    }

    public IReadOnlyList<string> Patterns { get; }

    /// <summary>The state after one more character.</summary>
    public int Step(int state, char c) => Step(state, c, out _);

    /// <summary>The state after one more character, and how many failure links were followed.</summary>
    public int Step(int state, char c, out int linksFollowed)
    {
        linksFollowed = 0;
        while (true)
        {
            if (_next.TryGetValue((state, c), out int next)) return next;
            if (state == Root) return Root;
            Debug.Assert(_nodes[_nodes[state].Failure].Depth < _nodes[state].Depth, "A failure link leads to a shorter suffix.");
            state = _nodes[state].Failure;
            linksFollowed++;
        }
    }

    /// <summary>
    /// How many characters, from <paramref name="index"/>, cannot begin a pattern, so that the root state remains after them.
    /// </summary>
    public int SkipFromRoot(ReadOnlySpan<char> text, int index)
    {
        int found = text[index..].IndexOfAny(_firstCharacters);
        return found < 0 ? text.Length - index : found;
    }

    /// <summary>The length of the suffix that the state stands for: how many of the last characters may begin a pattern.</summary>
    public int Depth(int state) => _nodes[state].Depth;

    /// <summary>The suffix that the state stands for.</summary>
    public ReadOnlySpan<char> Prefix(int state) => Patterns[Math.Max(_nodes[state].Prefix, 0)].AsSpan(0, _nodes[state].Depth);

    /// <summary>The index of the longest pattern that ends here, or -1.</summary>
    public int Match(int state) => _nodes[state].Pattern >= 0 ? _nodes[state].Pattern : ShorterMatch(state, out _);

    /// <summary>The index of the pattern that equals the whole suffix, or -1.</summary>
    public int PatternAt(int state) => _nodes[state].Pattern;

    /// <summary>The index of the next shorter pattern that ends here, or -1, and the state that stands for it.</summary>
    public int ShorterMatch(int state, out int shorter)
    {
        shorter = _nodes[state].ShorterMatch;
        return shorter < 0 ? -1 : _nodes[shorter].Pattern;
    }

    /// <summary>Sets the links in order of depth: those of a node depend on those of shallower nodes.</summary>
    private void SetLinks()
    {
        foreach (int state in Enumerable.Range(1, _nodes.Count - 1).OrderBy(state => _nodes[state].Depth))
        {
            Node node = _nodes[state];
            node.Failure = node.Parent == Root ? Root : Step(_nodes[node.Parent].Failure, node.Character);
            Node failure = _nodes[node.Failure];
            node.ShorterMatch = failure.Pattern >= 0 ? node.Failure : failure.ShorterMatch;
        }
    }

    private sealed class Node
    {
        public int Parent;
        public char Character;
        public int Depth;

        /// <summary>A pattern that begins with the node's string.</summary>
        public int Prefix = -1;

        /// <summary>The pattern that equals the node's string, or -1.</summary>
        public int Pattern = -1;

        /// <summary>The node of the longest shorter suffix that is a prefix of a pattern.</summary>
        public int Failure;

        /// <summary>The node of the longest shorter suffix that is a pattern, or -1.</summary>
        public int ShorterMatch = -1;
    }
}
