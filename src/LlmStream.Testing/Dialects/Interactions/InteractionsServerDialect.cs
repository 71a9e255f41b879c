using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace LlmStream.Testing.Dialects.Interactions;

/// <summary>
/// Gemini's Interactions API: named events with an <c>event_id</c>, steps with a start and an end, signed thoughts, the arguments of
/// calls in pieces, then <c>[DONE]</c>. Interactions are stored unless <c>store</c> is false.
/// </summary>
internal sealed class InteractionsServerDialect : ServerDialect
{
    private const string Path = "/interactions";
    private const string EventIdPrefix = "event_";

    public override ChatDialect Dialect => ChatDialect.Interactions;

    public override string BasePath => "/v1beta";

    public override string StreamContentType => "text/event-stream";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith(Path, StringComparison.Ordinal);

    public override bool IsLikely(ScriptedRequest request) => request.Path.Contains(Path + "/", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new ParsedRequest { Error = "The body of the request is not a JSON object." };
        if (body["input"] is not { } input) return new ParsedRequest { Error = "The input is missing." };
        ParsedMessage[] system = GetString(body["system_instruction"]) is { Length: > 0 } instruction
            ? [new ParsedMessage("system", instruction)]
            : [];
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = IsTrue(body["stream"]),
            Messages =
            [
                .. system,
                .. input is JsonArray steps
                    ? steps.OfType<JsonObject>().Select(ParseStep).OfType<ParsedMessage>()
                    : [new ParsedMessage("user", GetString(input))],
            ],
        };
    }

    public override string? GetStorageId(ScriptedRequest request, Reply reply) =>
        IsFalse(request.Json?["store"]) ? null : GetInteractionId(reply);

    public override ReplayRequest? ParseReplay(ScriptedRequest request)
    {
        int path = request.Path.LastIndexOf(Path + "/", StringComparison.Ordinal);
        if (path < 0) return null;
        Dictionary<string, StringValues> query = QueryHelpers.ParseQuery(request.Query);
        bool isStream = query.TryGetValue("stream", out StringValues stream) && stream == "true";
        string lastId = query.GetValueOrDefault("last_event_id").ToString();
        bool isKnown = lastId.StartsWith(EventIdPrefix, StringComparison.Ordinal)
            & int.TryParse(lastId.AsSpan(Math.Min(EventIdPrefix.Length, lastId.Length)), CultureInfo.InvariantCulture, out int last);
        string id = Uri.UnescapeDataString(request.Path[(path + Path.Length + 1)..]);
        return new ReplayRequest(id, isStream, isKnown ? last + 1 : 0);
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        int number = 0, steps = 0, tokens = 0;
        bool isOpen = false;
        ReplyDeltaKind kind = ReplyDeltaKind.Start;
        yield return CreateEvent("interaction.created", number++, json => WriteInteraction(json, reply, "in_progress", tokens: null));
        yield return CreateEvent("interaction.status_update", number++, json =>
        {
            json.WriteString("interaction_id", GetInteractionId(reply));
            json.WriteString("status", "in_progress");
        });
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            tokens = delta.Tokens;
            if (delta.Kind is ReplyDeltaKind.Start) continue;
            bool isArguments = delta.Kind is ReplyDeltaKind.ToolArguments;
            bool continues = isArguments || (delta.Kind == kind && delta.Kind is not ReplyDeltaKind.ToolCall);
            if (isOpen && !continues)
            {
                if (kind is ReplyDeltaKind.Reasoning) yield return CreateDelta(steps - 1, json => WriteSignature(json, reply));
                yield return CreateStop(steps - 1);
                isOpen = false;
            }

            if (delta.Kind is ReplyDeltaKind.Finish) break;
            if (!isOpen)
            {
                int index = steps++;
                yield return CreateEvent("step.start", number++, json =>
                {
                    json.WriteNumber("index", index);
                    json.WriteObject("step", json => WriteStart(json, delta));
                });
                isOpen = true;
                kind = delta.Kind;
            }

            if (delta.Text.Length > 0) yield return CreateDelta(steps - 1, json => WriteDelta(json, delta));
        }

        if (reply.HasFinish)
            yield return CreateEvent("interaction.completed", number++, json => WriteInteraction(json, reply, GetStatus(reply), tokens));
        if (reply.HasFinish && reply.HasEndMarker) yield return Frame.CreateEvent("event: done\ndata: [DONE]\n\n");

        Frame CreateDelta(int index, Action<Utf8JsonWriter> write) => CreateEvent("step.delta", number++, json =>
        {
            json.WriteNumber("index", index);
            json.WriteObject("delta", write);
        });

        Frame CreateStop(int index) => CreateEvent("step.stop", number++, json => json.WriteNumber("index", index));
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply)
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        return ProviderJson.ToBytes(json => WriteMembers(json, reply, GetStatus(reply), tokens, json =>
        {
            json.WriteStartArray("steps");
            if (reasoning.Length > 0)
            {
                json.WriteObject(json =>
                {
                    json.WriteString("type", "thought");
                    json.WriteString("signature", GetSignature(reply));
                    json.WriteArrayOfOne("summary", json => WriteText(json, reasoning));
                });
            }

            if (text.Length > 0)
            {
                json.WriteObject(json =>
                {
                    json.WriteString("type", "model_output");
                    json.WriteArrayOfOne("content", json => WriteText(json, text));
                });
            }

            foreach (Scripting.ScriptedToolCall call in reply.ToolCalls) json.WriteObject(json => WriteCall(json, call, call.Arguments));
            json.WriteEndArray();
        }));
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply, bool isPending) => isPending
        ? ProviderJson.ToBytes(json => WriteMembers(json, reply, "in_progress", tokens: null))
        : WriteBody(request, reply);

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.WriteObject("error", json =>
    {
        json.WriteText("message", message);
        json.WriteText("code", code);
    });

    // The type of the event is also in its JSON.
    public override Frame CreateError(ErrorFrame error, int index)
    {
        if (error.Format is not (ErrorFormat.Data or ErrorFormat.Event)) return base.CreateError(error, index);
        return CreateEvent("error", index, json => WriteError(json, error.Code, error.Message, inStream: true));
    }

    private static string GetInteractionId(Reply reply) => "v1_" + reply.Id;

    private static string GetSignature(Reply reply) => Convert.ToBase64String(Encoding.ASCII.GetBytes("signed-" + reply.Id));

    private static string GetStatus(Reply reply) => reply.FinishReason switch
    {
        "stop" or "" => "completed",
        "tool_calls" => "requires_action",
        "length" => "incomplete",
        _ => reply.FinishReason,
    };

    private static ParsedMessage? ParseStep(JsonObject step) => GetString(step["type"]) switch
    {
        "user_input" => new ParsedMessage("user", GetText(step["content"])),
        "model_output" => new ParsedMessage("assistant", GetText(step["content"])),
        "function_result" => new ParsedMessage("tool", GetText(step["result"])),
        _ => null,
    };

    private static Frame CreateEvent(string type, int number, Action<Utf8JsonWriter> write) =>
        Frame.CreateEvent($"event: {type}\ndata: ", json =>
        {
            write(json);
            json.WriteString("event_type", type);
            json.WriteString("event_id", EventIdPrefix + number.ToString(CultureInfo.InvariantCulture));
        });

    private static void WriteStart(Utf8JsonWriter json, ReplyDelta delta)
    {
        if (delta.ToolCall is { } call) WriteCall(json, call, "{}"); // the arguments follow
        else json.WriteString("type", delta.Kind is ReplyDeltaKind.Reasoning ? "thought" : "model_output");
    }

    private static void WriteCall(Utf8JsonWriter json, Scripting.ScriptedToolCall call, string arguments)
    {
        json.WriteString("type", "function_call");
        json.WriteText("id", call.Id);
        json.WriteText("name", call.Name);
        json.WritePropertyName("arguments");
        json.WriteRawValue(arguments, skipInputValidation: true);
    }

    private static void WriteDelta(Utf8JsonWriter json, ReplyDelta delta)
    {
        switch (delta.Kind)
        {
            case ReplyDeltaKind.Reasoning:
                json.WriteString("type", "thought_summary");
                json.WriteObject("content", json => WriteText(json, delta.Text));
                break;
            case ReplyDeltaKind.ToolArguments:
                json.WriteString("type", "arguments_delta");
                json.WriteText("arguments", delta.Text);
                break;
            default:
                WriteText(json, delta.Text);
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteText("text", text);
        json.WriteString("type", "text");
    }

    private static void WriteSignature(Utf8JsonWriter json, Reply reply)
    {
        json.WriteString("type", "thought_signature");
        json.WriteString("signature", GetSignature(reply));
    }

    private static void WriteInteraction(Utf8JsonWriter json, Reply reply, string status, int? tokens) =>
        json.WriteObject("interaction", json => WriteMembers(json, reply, status, tokens));

    private static void WriteMembers(
        Utf8JsonWriter json, Reply reply, string status, int? tokens, Action<Utf8JsonWriter>? writeSteps = null)
    {
        json.WriteString("id", GetInteractionId(reply));
        json.WriteText("status", status);
        json.WriteString("object", "interaction");
        json.WriteText("model", reply.Model);
        if (tokens is not null) json.WriteString("created", DateTimeOffset.FromUnixTimeSeconds(Reply.Created).UtcDateTime);
        writeSteps?.Invoke(json);
        if (tokens is not { } output || reply.HasUsage == false) return;
        json.WriteObject("usage", json =>
        {
            json.WriteNumber("total_tokens", reply.PromptTokens + output);
            json.WriteNumber("total_input_tokens", reply.PromptTokens);
            json.WriteNumber("total_cached_tokens", 0);
            json.WriteNumber("total_output_tokens", output);
            json.WriteNumber("total_tool_use_tokens", 0);
            json.WriteNumber("total_thought_tokens", 0);
        });
    }
}
