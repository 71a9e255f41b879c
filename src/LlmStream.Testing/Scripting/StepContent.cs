using System.Collections.Immutable;

namespace LlmStream.Testing.Scripting;

/// <summary>The content of a reply.</summary>
internal abstract record StepContent;

/// <summary>The connection is reset before the response starts.</summary>
internal sealed record NoResponseContent : StepContent;

/// <summary>A fixed body, the same in every dialect.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, or null for the error that the dialect has for the status.</param>
/// <param name="ContentType">The content type, or null for that of the dialect's errors.</param>
internal sealed record BodyContent(int Status, byte[]? Body, string? ContentType) : StepContent;

/// <summary>A stored answer has not ended yet.</summary>
internal sealed record PendingContent : StepContent;

/// <summary>An answer, written in the dialect of the request.</summary>
internal sealed record AnswerContent(string Text) : StepContent
{
    /// <summary>The model of answers to requests that name none.</summary>
    public const string DefaultModel = "scripted-1";

    /// <summary>Whether the text is repeated forever.</summary>
    public bool IsEndless { get; init; }

    public string Reasoning { get; init; } = "";

    public ImmutableArray<ScriptedToolCall> ToolCalls { get; init; } = [];

    public int TokensPerChunk { get; init; } = 1;

    /// <summary>The model, or null for the one that the request names.</summary>
    public string? Model { get; init; }

    /// <summary>The finish reason of the script, or null for the one that fits the content.</summary>
    public string? ScriptedFinishReason { get; init; }

    public bool HasFinish { get; init; } = true;

    public bool HasEndMarker { get; init; } = true;

    /// <summary>Whether usage is sent; null means as the request and the dialect determine.</summary>
    public bool? HasUsage { get; init; }

    /// <summary>The finish reason, in OpenAI's terms.</summary>
    public string FinishReason => ScriptedFinishReason ?? (ToolCalls.Length > 0 ? "tool_calls" : "stop");
}

/// <summary>A tool call of an answer.</summary>
internal sealed record ScriptedToolCall(string Id, string Name, string Arguments);
