using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>In which order an answer came: where text, reasoning, tool calls and other contents took turns.</summary>
/// <remarks>
/// Invariant: <c>_turns</c> holds one entry for each time that another kind began, or that another content came; a text's turn
/// says where in the text it begins, and goes on to where the text's next turn begins. The starts of a kind never fall.
/// </remarks>
internal sealed class ContentOrder
{
    private readonly List<Turn> _turns = new(1);
    private int _lastText; // where the latest turn of the text begins
    private int _lastReasoning;
    private int _calls;
    private Kind _current = Kind.Other; // whose turn it is; of calls and others each is a turn

    private enum Kind
    {
        Text,
        Reasoning,
        Call,
        Other,
    }

    public void AddText(int offset) => Begin(Kind.Text, offset);

    public void AddReasoning(int offset) => Begin(Kind.Reasoning, offset);

    /// <summary>A call has its turn when it first appears.</summary>
    public void AddCall(int index)
    {
        if (index < _calls) return;
        _calls = index + 1;
        _current = Kind.Call;
        _turns.Add(new Turn(Kind.Call, index, null));
    }

    public void AddOther(AIContent content)
    {
        _current = Kind.Other;
        _turns.Add(new Turn(Kind.Other, 0, content));
    }

    /// <summary>The answer's contents as those of a message.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="toContent">Makes a tool call's content.</param>
    public IEnumerable<AIContent> ToContents(ChatChoice choice, Func<ToolCall, AIContent> toContent)
    {
        for (int i = 0; i < _turns.Count; i++)
        {
            Turn turn = _turns[i];
            switch (turn.Kind)
            {
                case Kind.Text when Piece(choice.Text, i) is { Length: > 0 } text:
                    yield return new TextContent(text);
                    break;
                case Kind.Reasoning when Piece(choice.Reasoning, i) is { Length: > 0 } reasoning:
                    // What is signed, and the signature, are one.
                    string? signature = i + 1 < _turns.Count && _turns[i + 1].Content is TextReasoningContent { Text.Length: 0 } next ? next.ProtectedData : null;
                    if (signature is not null) i++;
                    yield return new TextReasoningContent(reasoning) { ProtectedData = signature };
                    break;
                case Kind.Call when turn.Start < choice.ToolCalls.Count:
                    yield return toContent(choice.ToolCalls[turn.Start]);
                    break;
                case Kind.Other:
                    yield return turn.Content!;
                    break;
            }
        }
    }

    private string Piece(string whole, int turn)
    {
        int next = _turns.FindIndex(turn + 1, other => other.Kind == _turns[turn].Kind);
        int start = Math.Min(_turns[turn].Start, whole.Length);
        int end = next < 0 ? whole.Length : Math.Min(_turns[next].Start, whole.Length);
        return whole[start..end];
    }

    private void Begin(Kind kind, int start)
    {
        if (_current == kind) return;
        _current = kind;
        ref int last = ref kind == Kind.Text ? ref _lastText : ref _lastReasoning;
        // What the server took back belongs to no turn any more.
        for (int i = _turns.Count - 1; i >= 0 && start < last; i--)
        {
            if (_turns[i].Kind != kind) continue;
            if (_turns[i].Start <= start) break;
            _turns[i] = _turns[i] with { Start = start };
        }

        _turns.Add(new Turn(kind, start, null));
        last = start;
    }

    private readonly record struct Turn(Kind Kind, int Start, AIContent? Content);
}
