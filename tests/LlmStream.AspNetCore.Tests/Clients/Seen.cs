using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>What the user of a client sees at the end of an answer. Some values exist with some clients only.</summary>
public sealed record Seen
{
    /// <summary><c>ready</c>, <c>error</c> or <c>threw</c>.</summary>
    public string? Status { get; init; }

    public string? Error { get; init; }

    /// <summary>The HTTP status in the client's error.</summary>
    public int? ErrorStatus { get; init; }

    public string? Code { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>The body of a failed response, as AG-UI's client shows it.</summary>
    public JsonElement? Payload { get; init; }

    public string? Finish { get; init; }

    public bool? IsError { get; init; }

    public bool? IsAbort { get; init; }

    public bool? IsDisconnect { get; init; }

    /// <summary>Whether AG-UI's last event was the end of the run.</summary>
    public bool? IsFinished { get; init; }

    /// <summary>AG-UI's outcome of the run.</summary>
    public string? Outcome { get; init; }

    public string Text { get; init; } = "";

    public string Reasoning { get; init; } = "";

    public string Refusal { get; init; } = "";

    public IReadOnlyList<SeenCall> Calls { get; init; } = [];

    /// <summary>The calls that AG-UI's client leaves to its user.</summary>
    public IReadOnlyList<string> Pending { get; init; } = [];

    /// <summary>The message's parts, with their states.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>The number of assistant messages.</summary>
    public int Answers { get; init; }

    /// <summary>The id of the last assistant message.</summary>
    public string? MessageId { get; init; }

    public JsonElement? Usage { get; init; }

    public JsonElement? Metadata { get; init; }

    /// <summary>The responses as they arrived.</summary>
    public IReadOnlyList<SeenResponse> Responses { get; init; } = [];

    /// <summary>Errors that the client threw where its user cannot catch them.</summary>
    public IReadOnlyList<string> Uncaught { get; init; } = [];

    /// <summary>The driver itself failed.</summary>
    public string? Failure { get; init; }

    /// <inheritdoc/>
    public override string ToString() => JsonSerializer.Serialize(this, Indented);

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

/// <summary>A tool call as the client shows it.</summary>
public sealed record SeenCall(string Id, string Name, string? State, JsonElement? Input, JsonElement? Output);

/// <summary>A response as it arrived.</summary>
public sealed record SeenResponse(int Status, IReadOnlyDictionary<string, string> Headers, string Body);
