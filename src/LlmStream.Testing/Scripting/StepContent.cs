using System.Collections.Immutable;

namespace LlmStream.Testing.Scripting;

/// <summary>What a reply says.</summary>
internal abstract record StepContent;

/// <summary>The connection is reset before a byte of the response.</summary>
internal sealed record NoContent : StepContent;

/// <summary>A body that is the same in every dialect.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The bytes; null means the error that the dialect has for the status.</param>
/// <param name="ContentType">The content type; null means that of the dialect's errors.</param>
internal sealed record BodyContent(int Status, byte[]? Body, string? ContentType) : StepContent;

/// <summary>An answer, written in the dialect of the request.</summary>
internal sealed record AnswerContent(string Text) : StepContent
{
    public const string DefaultModel = "scripted-1";

    public bool Endless { get; init; }

    public string Reasoning { get; init; } = "";

    public ImmutableArray<ToolCallScript> ToolCalls { get; init; } = [];

    public int TokensPerChunk { get; init; } = 1;

    /// <summary>Null means the model that the request names.</summary>
    public string? Model { get; init; }

    /// <summary>Null means <c>stop</c>, or <c>tool_calls</c> where there are some.</summary>
    public string? Finish { get; init; }

    public bool HasFinish { get; init; } = true;

    public bool HasDone { get; init; } = true;

    /// <summary>Null means as the request and the dialect will have it.</summary>
    public bool? HasUsage { get; init; }

    public string FinishReason => Finish ?? (ToolCalls.Length > 0 ? "tool_calls" : "stop");
}

/// <summary>A tool call of an answer.</summary>
internal sealed record ToolCallScript(string Id, string Name, string Arguments);
