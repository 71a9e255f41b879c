using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;
using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires;

/// <summary>
/// The suite for front ends was written from the documentation of the wires, the encoders were tested with clients: for the same answer
/// both send the same events.
/// </summary>
public sealed class SuiteEquivalenceTests(SuiteEquivalenceTests.Fixture fixture) : IClassFixture<SuiteEquivalenceTests.Fixture>
{
    private static readonly string[] Pieces =
        ["The sky is ", "\"blue\",\n", "蓝天 ", "🌤️ ", "\\n\u2028 since air ", "scatters <b>blue</b> light most."];

    private static readonly int TextLength = Pieces.Sum(piece => piece.Length);
    private static readonly WireFailure Truncated = new("truncated", "The answer was cut off. Try again.", 502);
    private static readonly WireFailure Timeout = new("timeout", "The AI service did not answer in time. Try again.", 504);

    // What may differ: identities, numbers of tokens, versions, and what is told about a seam.
    private static readonly HashSet<string> Ids =
        ["id", "messageId", "toolCallId", "threadId", "runId", "parentMessageId", "entityId"];

    private static readonly HashSet<string> Ignored =
        ["usage", "messageMetadata", "created", "model", "data", "value", "tokens"];

    public static TheoryData<string, string> Answers =>
        [.. WireNames.SelectMany(AnswersOf, (wire, ending) => (wire, ending))];

    private static IEnumerable<string> WireNames => ["ui-messages", "openai", "ag-ui", "json"];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Same_events(string wire, string ending)
    {
        string served = await fixture.GetAsync(wire, ending);
        string encoded = Encode(WireOf(wire), ending);

        Assert.Equal(Normalize(encoded), Normalize(served));
    }

    [Theory]
    [InlineData("ui-messages")]
    [InlineData("openai")]
    [InlineData("ag-ui")]
    [InlineData("json")]
    public async Task Same_error_before_the_start(string name)
    {
        ChatWire wire = WireOf(name);
        using HttpResponseMessage response = await fixture.SendAsync(name, "status-429");
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        wire.WriteError(output, new WireFailure("rate_limited", "There are too many requests. Try again in a second.", 429));
        string encoded = System.Text.Encoding.UTF8.GetString(output.WrittenSpan), served = await response.Content.ReadAsStringAsync();

        Assert.Equal(wire.ErrorContentType, response.Content.Headers.ContentType!.ToString());
        if (name is "ui-messages" or "ag-ui") Assert.Equal(encoded, served);
        else Assert.Subset(Members(JsonNode.Parse(encoded)!).ToHashSet(), Members(JsonNode.Parse(served)!).ToHashSet());
    }

    private static IEnumerable<string> AnswersOf(string wire)
    {
        IEnumerable<string> all =
            ["complete", "length", "content-filter", "reasoning", "error", "canceled", "cut", "slow-failure", "reload-after-end"];
        if (wire != "json") all = [.. all, "tool-calls", "tool-call-length", "tool-call-error", "tool-call-cut"];
        return wire is "ui-messages" or "ag-ui" ? [.. all, "continued"] : all;
    }

    private static ChatWire WireOf(string name) => name switch
    {
        "ui-messages" => ChatWire.UIMessages,
        "openai" => ChatWire.OpenAI,
        "ag-ui" => ChatWire.AgUI,
        _ => ChatWire.Json,
    };

    private static string Encode(ChatWire wire, string ending)
    {
        var deltas = new List<ChatDelta>();
        int reasoningLength = 0;
        if (ending == "reasoning")
        {
            foreach (string piece in new[] { "Rayleigh ", "scattering, ", "散射 🤔." })
            {
                deltas.Add(new ChatDelta { Reasoning = piece, ReasoningOffset = reasoningLength });
                reasoningLength += piece.Length;
            }
        }

        bool isPartial = ending is "error" or "canceled" or "cut";
        if (ending != "slow-failure") deltas.AddRange(Encoded.Pieces(isPartial ? Pieces[..4] : Pieces));
        if (ending == "continued")
        {
            var seam = new ChatSeam
            {
                Attempt = 2,
                TextOffset = deltas[3].TextOffset,
                Reason = ChatStreamError.Connection,
                Kind = ChatSeamKind.Appended,
            };
            deltas.Insert(3, new ChatDelta { TextOffset = seam.TextOffset, Seam = seam });
        }

        if (ending.StartsWith("tool-call", StringComparison.Ordinal)) deltas.AddRange(Calls(isCut: ending != "tool-calls"));
        if (ReasonOf(ending) is { } reason)
            deltas.Add(new ChatDelta { TextOffset = TextLength, ReasoningOffset = reasoningLength, FinishReason = reason });
        return Encoded.Text(
            wire,
            encoder =>
            {
                if (ending == "slow-failure") encoder.Fail(Timeout);
                else if (ending is "error" or "tool-call-error") encoder.Fail(Truncated);
                else if (ending == "canceled") encoder.Cancel();
                else if (!ending.EndsWith("cut", StringComparison.Ordinal)) encoder.Complete();
            },
            deltas);
    }

    private static IEnumerable<ChatDelta> Calls(bool isCut)
    {
        const string City = "{\"city\":", Paris = "\"Par\\u00eds 🌤️\"}";
        yield return Call(0, "", 0, id: "call_1", name: "weather");
        yield return Call(0, City, 0);
        yield return Call(0, isCut ? "\"Par" : Paris, City.Length);
        if (isCut) yield break;
        yield return Call(0, "", City.Length + Paris.Length, isComplete: true);
        yield return Call(1, "", 0, id: "call_2", name: "now");
        yield return Call(1, "{}", 0);
        yield return Call(1, "", 2, isComplete: true);
    }

    private static ChatDelta Call(
        int index, string arguments, int offset, string? id = null, string? name = null, bool isComplete = false) => new()
        {
            TextOffset = TextLength,
            ToolCalls =
            [
                new ToolCallDelta
                {
                    Index = index, Id = id, Name = name, Arguments = arguments, ArgumentsOffset = offset, IsComplete = isComplete,
                },
            ],
        };

    private static ChatFinishReason? ReasonOf(string ending) => ending switch
    {
        "length" or "tool-call-length" => ChatFinishReason.Length,
        "content-filter" => ChatFinishReason.ContentFilter,
        "tool-calls" => ChatFinishReason.ToolCalls,
        "error" or "canceled" or "cut" or "slow-failure" or "tool-call-error" or "tool-call-cut" => null,
        _ => ChatFinishReason.Stop,
    };

    /// <summary>The events without what may differ. Identities become their order of appearance.</summary>
    private static List<string> Normalize(string text)
    {
        var known = new List<string>();
        return
        [
            .. text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..])
                .Select(data => data == "[DONE]" ? data : Rewrite(JsonNode.Parse(data)!)!.ToJsonString(Options)),
        ];

        JsonNode? Rewrite(JsonNode? node, string name = "")
        {
            switch (node)
            {
                case JsonObject json:
                    string type = (string?)json["type"] ?? "";
                    var members = json.Where(member => !Ignored.Contains(member.Key) && !IsOwnWording(type, member.Key))
                        .OrderBy(member => member.Key, StringComparer.Ordinal)
                        .Select(member => KeyValuePair.Create(member.Key, Rewrite(member.Value, member.Key)));
                    return new JsonObject(members);
                case JsonArray array:
                    return new JsonArray([.. array.Select(item => Rewrite(item, name == "pendingToolCallIds" ? "id" : ""))]);
                case JsonValue value when Ids.Contains(name):
                    string id = value.ToString();
                    if (!known.Contains(id)) known.Add(id);
                    return JsonValue.Create($"#{known.IndexOf(id)}");
                default:
                    return node?.DeepClone();
            }
        }
    }

    // Each has its own sentence for a call that cannot be run.
    private static bool IsOwnWording(string type, string name) =>
        (type, name) is ("tool-input-error", "errorText") or ("TOOL_CALL_RESULT", "content");

    private static readonly System.Text.Json.JsonSerializerOptions Options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static IEnumerable<string> Members(JsonNode node) => node is JsonObject json
        ? json.Where(member => member.Key is not ("title" or "type" or "param"))
            .SelectMany(member => member.Value is JsonObject ? Members(member.Value) : [$"{member.Key}={member.Value}"])
        : [];

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly HttpClient _client = new();
        private ChatFrontEndServer _server = null!;

        public async ValueTask InitializeAsync() => _server = await ChatFrontEndServer.StartAsync(new ChatFrontEndServerOptions
        {
            Interval = TimeSpan.Zero,
            SlowStart = TimeSpan.Zero,
        });

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _server.DisposeAsync();
        }

        public Task<HttpResponseMessage> SendAsync(string wire, string ending) => _client.PostAsync(
            _server.GetAddress(ChatFrontEndSuite.Cases.Single(@case => @case.Name == $"{wire}/{ending}")), content: null);

        public async Task<string> GetAsync(string wire, string ending)
        {
            using HttpResponseMessage response = await SendAsync(wire, ending);
            return await response.Content.ReadAsStringAsync();
        }
    }
}
