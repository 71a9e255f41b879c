using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Dialects.Responses;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// OpenAI's Responses: named events with a <c>sequence_number</c>, items that begin and end, everything said once more at the end
/// of each part, of each item and of the whole; no <c>[DONE]</c>. What is asked for with <c>background: true</c> is kept.
/// </summary>
internal sealed class ResponsesDialect : ServerDialect
{
    private const string Path = "/responses";

    public override ChatDialect Dialect => ChatDialect.Responses;

    public override string BasePath => "/v1";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith(Path, StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new Asked { Complaint = "The body of the request is not a JSON object." };
        if (body["input"] is null) return new Asked { Complaint = "Missing required parameter: 'input'." };
        return new Asked
        {
            Model = StringOf(body["model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = IsTrue(body["stream"]),
            Messages = body["input"] is JsonArray items ? [.. items.OfType<JsonObject>().Select(Message).OfType<AskedMessage>()] : [new AskedMessage("user", StringOf(body["input"]))],
        };
    }

    public override string? IdToKeep(ScriptedRequest request, Reply reply) => IsTrue(request.Json?["background"]) ? IdOf(reply) : null;

    public override Retrieval? ReadRetrieval(ScriptedRequest request)
    {
        int at = request.Path.LastIndexOf(Path + "/", StringComparison.Ordinal);
        if (at < 0) return null;
        Dictionary<string, StringValues> query = QueryHelpers.ParseQuery(request.Query);
        // The number is that of the last event that the client has: it gets the next.
        int events = query.TryGetValue("starting_after", out StringValues after) && int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out int last) ? last + 1 : 0;
        return new Retrieval(Uri.UnescapeDataString(request.Path[(at + Path.Length + 1)..]), query.TryGetValue("stream", out StringValues stream) && stream == "true", events);
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        var items = new ResponsesItems(reply);
        int number = 0;
        yield return Event("response.created", number++, json => WriteResponse(json, request, reply, "in_progress", items, null));
        yield return Event("response.in_progress", number++, json => WriteResponse(json, request, reply, "in_progress", items, null));
        foreach (ReplyStep step in reply.Steps())
        {
            foreach ((string type, Action<Utf8JsonWriter> write) in items.Take(step)) yield return Event(type, number++, write);
            if (step.Kind is not ReplyStepKind.Finish) continue;
            string status = StatusOf(reply);
            yield return Event("response." + status, number++, json => WriteResponse(json, request, reply, status, items, step.Tokens));
        }
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply)
    {
        var items = new ResponsesItems(reply);
        int tokens = 0;
        foreach (ReplyStep step in reply.Steps())
        {
            tokens = step.Tokens;
            foreach ((string, Action<Utf8JsonWriter>) unused in items.Take(step)) _ = unused;
        }

        return JsonText.Bytes(json => WriteResponseBody(json, request, reply, StatusOf(reply), items, tokens));
    }

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        if (inStream) json.WriteString("type", "error");
        json.Object("error", json =>
        {
            json.Text("type", code);
            json.Text("code", code);
            json.Text("message", message);
            json.WriteNull("param");
        });
    }

    private static string IdOf(Reply reply) => "resp_" + reply.Id;

    private static string StatusOf(Reply reply) => reply.FinishReason is "stop" or "tool_calls" or "" ? "completed" : "incomplete";

    private static AskedMessage? Message(JsonObject item) => StringOf(item["role"]) is { Length: > 0 } role ? new AskedMessage(role, TextOf(item["content"]))
        : StringOf(item["type"]).EndsWith("_output", StringComparison.Ordinal) ? new AskedMessage("tool", TextOf(item["output"]))
        : null;

    private static Frame Event(string type, int number, Action<Utf8JsonWriter> write) => Frame.Json($"event: {type}\ndata: ", json =>
    {
        json.WriteString("type", type);
        json.WriteNumber("sequence_number", number);
        write(json);
    });

    private static void WriteResponse(Utf8JsonWriter json, ScriptedRequest request, Reply reply, string status, ResponsesItems items, int? tokens) =>
        json.Object("response", json => WriteResponseBody(json, request, reply, status, items, tokens));

    private static void WriteResponseBody(Utf8JsonWriter json, ScriptedRequest request, Reply reply, string status, ResponsesItems items, int? tokens)
    {
        json.WriteString("id", IdOf(reply));
        json.WriteString("object", "response");
        json.WriteNumber("created_at", Reply.Created);
        json.WriteString("status", status);
        json.WriteBoolean("background", IsTrue(request.Json?["background"]));
        json.WriteNull("error");
        if (status is not "incomplete") json.WriteNull("incomplete_details");
        else json.Object("incomplete_details", json => json.Text("reason", reply.FinishReason is "length" ? "max_output_tokens" : reply.FinishReason));
        json.Text("model", reply.Model);
        json.WriteStartArray("output");
        items.WriteAll(json);
        json.WriteEndArray();
        json.WriteBoolean("parallel_tool_calls", true);
        json.WriteString("tool_choice", "auto");
        json.WriteStartArray("tools");
        json.WriteEndArray();
        if (tokens is not { } output || reply.HasUsage == false)
        {
            json.WriteNull("usage");
            return;
        }

        json.Object("usage", json =>
        {
            json.WriteNumber("input_tokens", reply.PromptTokens);
            json.Object("input_tokens_details", json => json.WriteNumber("cached_tokens", 0));
            json.WriteNumber("output_tokens", output);
            json.Object("output_tokens_details", json => json.WriteNumber("reasoning_tokens", 0));
            json.WriteNumber("total_tokens", reply.PromptTokens + output);
        });
    }
}
