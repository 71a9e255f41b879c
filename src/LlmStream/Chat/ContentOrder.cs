using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>The order in which text, reasoning, tool calls and other contents of an answer arrived.</summary>
/// <remarks>
/// Invariant: <c>_runs</c> has one entry for each place where the kind of content changed, and one for each call and each other
/// content. A run of text begins at its offset in the text and ends where the next run of text begins. The offsets of a kind never
/// decrease.
/// </remarks>
internal sealed class ContentOrder
{
    private readonly List<Run> _runs = new(1);
    private int _lastTextStart;
    private int _lastReasoningStart;
    private int _callCount;
    private Kind _current = Kind.Other;

    private enum Kind
    {
        Text,
        Reasoning,
        Call,
        Other,
    }

    /// <summary>The order in which the contents of a choice are taken to have arrived if it is unknown.</summary>
    public static ContentOrder Of(ChatChoice choice)
    {
        var order = new ContentOrder();
        if (choice.Reasoning.Length > 0) order.AddReasoning(0);
        foreach (AIContent content in choice.OtherContents) order.AddOther(content);
        if (choice.Text.Length > 0) order.AddText(0);
        for (int i = 0; i < choice.ToolCalls.Count; i++) order.AddCall(i);
        return order;
    }

    public void AddText(int offset) => Begin(Kind.Text, offset);

    public void AddReasoning(int offset) => Begin(Kind.Reasoning, offset);

    /// <summary>Adds a call when it first appears; later fragments do not change its place.</summary>
    public void AddCall(int index)
    {
        if (index < _callCount) return;
        _callCount = index + 1;
        _current = Kind.Call;
        _runs.Add(new Run(Kind.Call, index, null));
    }

    public void AddOther(AIContent content)
    {
        _current = Kind.Other;
        _runs.Add(new Run(Kind.Other, 0, content));
    }

    /// <summary>The contents of the answer, in this order.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="toContent">Converts a tool call.</param>
    public IEnumerable<AIContent> ToContents(ChatChoice choice, Func<ToolCall, AIContent> toContent)
    {
        for (int i = 0; i < _runs.Count; i++)
        {
            Run run = _runs[i];
            switch (run.Kind)
            {
                case Kind.Text when TextOf(i, choice.Text) is { Length: > 0 } text:
                    yield return new TextContent(text);
                    break;
                case Kind.Reasoning when TextOf(i, choice.Reasoning) is { Length: > 0 } reasoning:
                    // A signature belongs to the reasoning before it: both are one content.
                    AIContent? next = i + 1 < _runs.Count ? _runs[i + 1].Content : null;
                    string? signature = next is TextReasoningContent { Text.Length: 0 } signed ? signed.ProtectedData : null;
                    if (signature is not null) i++;
                    yield return new TextReasoningContent(reasoning) { ProtectedData = signature };
                    break;
                case Kind.Call when run.Start < choice.ToolCalls.Count:
                    yield return toContent(choice.ToolCalls[run.Start]);
                    break;
                case Kind.Other:
                    yield return run.Content!;
                    break;
            }
        }
    }

    private string TextOf(int run, string whole)
    {
        int next = _runs.FindIndex(run + 1, other => other.Kind == _runs[run].Kind);
        int start = Math.Min(_runs[run].Start, whole.Length);
        int end = next < 0 ? whole.Length : Math.Min(_runs[next].Start, whole.Length);
        return whole[start..end];
    }

    private void Begin(Kind kind, int start)
    {
        if (_current != kind) BeginRun(kind, start);
    }

    private void BeginRun(Kind kind, int start)
    {
        _current = kind;
        ref int last = ref kind == Kind.Text ? ref _lastTextStart : ref _lastReasoningStart;
        // The server rewrote the text from here on: the runs in it become empty.
        for (int i = _runs.Count - 1; i >= 0 && start < last; i--)
        {
            if (_runs[i].Kind != kind) continue;
            if (_runs[i].Start <= start) break;
            _runs[i] = _runs[i] with { Start = start };
        }

        Debug.Assert(_runs.FindLast(run => run.Kind == kind).Start <= start, "The offsets of a kind never decrease.");
        _runs.Add(new Run(kind, start, null));
        last = start;
    }

    /// <param name="Kind">The kind of content.</param>
    /// <param name="Start">Where the run begins in its text; of a call its index.</param>
    /// <param name="Content">The content, if it is an other one.</param>
    private readonly record struct Run(Kind Kind, int Start, AIContent? Content);
}
