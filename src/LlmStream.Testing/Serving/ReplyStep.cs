using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Serving;

internal enum ReplyStepKind
{
    /// <summary>The answer begins; nothing is said yet.</summary>
    Start,

    /// <summary>A piece of the reasoning.</summary>
    Reasoning,

    /// <summary>A piece of the text.</summary>
    Text,

    /// <summary>A tool call begins: its name and id.</summary>
    ToolCall,

    /// <summary>A piece of a tool call's arguments.</summary>
    ToolArguments,

    /// <summary>The answer ends.</summary>
    Finish,
}

/// <summary>One step of an answer, which a dialect writes as an event.</summary>
/// <param name="Kind">What is new.</param>
/// <param name="Piece">The new characters.</param>
/// <param name="Tokens">How many tokens were sent, this step included.</param>
internal readonly record struct ReplyStep(ReplyStepKind Kind, string Piece, int Tokens)
{
    public ToolCallScript? Tool { get; init; }

    public int ToolIndex { get; init; }

    /// <summary>The whole answer in one step's words: what a request without streaming gets.</summary>
    public static (string Text, string Reasoning, int Tokens) Collect(IEnumerable<ReplyStep> steps)
    {
        var text = new System.Text.StringBuilder();
        var reasoning = new System.Text.StringBuilder();
        int tokens = 0;
        foreach (ReplyStep step in steps)
        {
            tokens = step.Tokens;
            if (step.Kind is ReplyStepKind.Text) text.Append(step.Piece);
            if (step.Kind is ReplyStepKind.Reasoning) reasoning.Append(step.Piece);
        }

        return (text.ToString(), reasoning.ToString(), tokens);
    }
}
