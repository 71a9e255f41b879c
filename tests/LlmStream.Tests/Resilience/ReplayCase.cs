using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// A way in which answers are replayed: <c>responses</c>, <c>responses-polled</c> (the provider streams it no longer), <c>interactions</c>,
/// <c>interactions-polled</c>, <c>llamacpp</c>, or <c>cloudflare</c> with a dialect.
/// </summary>
internal sealed class ReplayCase
{
    private ReplayCase(string name, ChatDialect dialect, ReplayKind kind)
    {
        Name = name;
        Dialect = dialect;
        Options = new ScriptedLlmServerOptions
        {
            Dialect = dialect,
            Replay = kind,
            StreamReplayLimit = name.EndsWith("-polled", StringComparison.Ordinal) ? TimeSpan.Zero : TimeSpan.FromMinutes(5),
        };
    }

    public string Name { get; }

    public ChatDialect Dialect { get; }

    public ScriptedLlmServerOptions Options { get; }

    /// <summary>Whether the id of the kept stream is known before the first byte.</summary>
    public bool IsKnownAtOnce => Options.Replay != ReplayKind.None;

    /// <summary>Whether the scripted server sends reasoning in this dialect.</summary>
    public bool HasReasoning => true;

    public static ReplayCase Parse(string name) => name.Split('-') switch
    {
        ["responses", ..] => new ReplayCase(name, ChatDialect.Responses, ReplayKind.None),
        ["interactions", ..] => new ReplayCase(name, ChatDialect.Interactions, ReplayKind.None),
        ["llamacpp"] => new ReplayCase(name, ChatDialect.OpenAI, ReplayKind.LlamaCpp),
        ["cloudflare", var dialect] => new ReplayCase(name, ChatDialect.All.Single(known => known.Name == dialect), ReplayKind.CloudflareGateway),
        _ => throw new ArgumentException(name),
    };

    public JsonObject CreateBody()
    {
        JsonObject body = CutHarness.Body(Dialect.Name);
        if (Name.StartsWith("responses", StringComparison.Ordinal)) body["background"] = true;
        if (Name.StartsWith("interactions", StringComparison.Ordinal)) body["background"] = Name.EndsWith("-polled", StringComparison.Ordinal);
        return body;
    }

    /// <summary>Requests structured output, which cannot be continued.</summary>
    public void RequestJson(JsonObject body)
    {
        switch (Dialect.Name)
        {
            case "responses":
                body["text"] = JsonNode.Parse("""{"format":{"type":"json_object"}}""");
                break;
            case "interactions":
                body["response_format"] = JsonNode.Parse("""[{"type":"text","mime_type":"application/json"}]""");
                break;
            case "gemini":
                body["generationConfig"] = JsonNode.Parse("""{"responseMimeType":"application/json"}""");
                break;
            default:
                body["response_format"] = JsonNode.Parse("""{"type":"json_object"}""");
                break;
        }
    }
}
