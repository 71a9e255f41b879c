using System.Runtime.InteropServices;
using System.Text;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Serving;

internal enum ReplyDeltaKind
{
    /// <summary>The start of the answer, without content.</summary>
    Start,

    /// <summary>A piece of the reasoning.</summary>
    Reasoning,

    /// <summary>A piece of the text.</summary>
    Text,

    /// <summary>The start of a tool call: its name and id.</summary>
    ToolCall,

    /// <summary>A fragment of the arguments of a tool call.</summary>
    ToolArguments,

    /// <summary>The end of the answer: its finish reason.</summary>
    Finish,
}

/// <summary>A delta of a scripted answer, which a dialect writes as one or more events.</summary>
/// <param name="Kind">The kind of delta.</param>
/// <param name="Text">The new characters.</param>
/// <param name="Tokens">The number of output tokens up to and including this delta.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReplyDelta(ReplyDeltaKind Kind, string Text, int Tokens)
{
    /// <summary>The tool call to which the delta belongs, if any.</summary>
    public ScriptedToolCall? ToolCall { get; init; }

    /// <summary>The index of <see cref="ToolCall"/>.</summary>
    public int ToolCallIndex { get; init; }

    /// <summary>Concatenates the deltas of an answer, for a response that is not streamed.</summary>
    public static (string Text, string Reasoning, int Tokens) Collect(IEnumerable<ReplyDelta> deltas)
    {
        var text = new StringBuilder();
        var reasoning = new StringBuilder();
        int tokens = 0;
        foreach (ReplyDelta delta in deltas)
        {
            tokens = delta.Tokens;
            if (delta.Kind is ReplyDeltaKind.Text) text.Append(delta.Text);
            if (delta.Kind is ReplyDeltaKind.Reasoning) reasoning.Append(delta.Text);
        }

        return (text.ToString(), reasoning.ToString(), tokens);
    }
}
