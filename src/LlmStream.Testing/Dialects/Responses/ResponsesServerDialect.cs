using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Serving;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace LlmStream.Testing.Dialects.Responses;

/// <summary>
/// OpenAI's Responses API: named events with a <c>sequence_number</c>, items with a start and an end, the whole content repeated at the
/// end of each part, of each item and of the response; no end marker. Answers requested with <c>background: true</c> are stored.
/// </summary>
internal sealed class ResponsesServerDialect : ServerDialect
{
    private const string Path = "/responses";

    public override ChatDialect Dialect => ChatDialect.Responses;

    public override string BasePath => "/v1";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith(Path, StringComparison.Ordinal);

    public override bool IsLikely(ScriptedRequest request) => request.Path.Contains("/responses/", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new ParsedRequest { Error = "The body of the request is not a JSON object." };
        if (body["input"] is not { } input) return new ParsedRequest { Error = "Missing required parameter: 'input'." };
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = IsTrue(body["stream"]),
            Messages = input is JsonArray items
                ? [.. items.OfType<JsonObject>().Select(ParseMessage).OfType<ParsedMessage>()]
                : [new ParsedMessage("user", GetString(input))],
        };
    }

    public override string? GetStorageId(ScriptedRequest request, Reply reply) =>
        IsTrue(request.Json?["background"]) ? GetResponseId(reply) : null;

    public override ReplayRequest? ParseReplay(ScriptedRequest request)
    {
        int path = request.Path.LastIndexOf(Path + "/", StringComparison.Ordinal);
        if (path < 0) return null;
        Dictionary<string, StringValues> query = QueryHelpers.ParseQuery(request.Query);
        bool isStream = query.TryGetValue("stream", out StringValues stream) && stream == "true";

        // The sequence number of the last event that the client has.
        int skippedEvents = query.TryGetValue("starting_after", out StringValues startingAfter)
            && int.TryParse(startingAfter, NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            ? last + 1
            : 0;
        return new ReplayRequest(Uri.UnescapeDataString(request.Path[(path + Path.Length + 1)..]), isStream, skippedEvents);
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        var items = new ResponsesItems(reply);
        int number = 0;
        yield return CreateStatusEvent("response.created", "in_progress", tokens: null);
        yield return CreateStatusEvent("response.in_progress", "in_progress", tokens: null);
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            foreach ((string type, Action<Utf8JsonWriter> write) in items.Add(delta)) yield return CreateEvent(type, number++, write);
            if (delta.Kind is not ReplyDeltaKind.Finish) continue;
            string status = GetStatus(reply);
            yield return CreateStatusEvent("response." + status, status, delta.Tokens);
        }

        Frame CreateStatusEvent(string type, string status, int? tokens) => CreateEvent(type, number++, json =>
            json.WriteObject("response", json => WriteResponse(json, request, reply, status, items, tokens)));
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply)
    {
        var items = new ResponsesItems(reply);
        int tokens = 0;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            tokens = delta.Tokens;
            foreach (var _ in items.Add(delta))
            {
                // The events are not needed, but only enumerating them adds the delta.
            }
        }

        return ProviderJson.ToBytes(json => WriteResponse(json, request, reply, GetStatus(reply), items, tokens));
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply, bool isPending) => isPending
        ? ProviderJson.ToBytes(json => WriteResponse(json, request, reply, "in_progress", new ResponsesItems(reply), tokens: null))
        : WriteBody(request, reply);

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.WriteObject("error", json =>
        {
            json.WriteText("type", code);
            json.WriteText("code", code);
            json.WriteText("message", message);
            json.WriteNull("param");
        });
    }

    // The fields of the documentation, and the object that OpenAI's server sends and its clients look for.
    public override Frame CreateError(ErrorFrame error, int index)
    {
        if (error.Format is not (ErrorFormat.Data or ErrorFormat.Event)) return base.CreateError(error, index);
        return Frame.CreateTypedEvent("error", json =>
        {
            json.WriteNumber("sequence_number", index);
            json.WriteText("code", error.Code);
            json.WriteText("message", error.Message);
            json.WriteNull("param");
            WriteError(json, error.Code, error.Message, inStream: true);
        });
    }

    private static string GetResponseId(Reply reply) => "resp_" + reply.Id;

    private static string GetStatus(Reply reply) => reply.FinishReason is "stop" or "tool_calls" or "" ? "completed" : "incomplete";

    private static ParsedMessage? ParseMessage(JsonObject item)
    {
        if (GetString(item["role"]) is { Length: > 0 } role) return new ParsedMessage(role, GetText(item["content"]));
        bool isToolOutput = GetString(item["type"]).EndsWith("_output", StringComparison.Ordinal);
        return isToolOutput ? new ParsedMessage("tool", GetText(item["output"])) : null;
    }

    private static Frame CreateEvent(string type, int number, Action<Utf8JsonWriter> write) => Frame.CreateTypedEvent(type, json =>
    {
        json.WriteNumber("sequence_number", number);
        write(json);
    });

    private static void WriteResponse(
        Utf8JsonWriter json, ScriptedRequest request, Reply reply, string status, ResponsesItems items, int? tokens)
    {
        json.WriteString("id", GetResponseId(reply));
        json.WriteString("object", "response");
        json.WriteNumber("created_at", Reply.Created);
        json.WriteString("status", status);
        json.WriteBoolean("background", IsTrue(request.Json?["background"]));
        json.WriteNull("error");
        if (status is "incomplete")
        {
            string reason = reply.FinishReason is "length" ? "max_output_tokens" : reply.FinishReason;
            json.WriteObject("incomplete_details", json => json.WriteText("reason", reason));
        }
        else
        {
            json.WriteNull("incomplete_details");
        }

        json.WriteText("model", reply.Model);
        json.WriteStartArray("output");
        items.Write(json);
        json.WriteEndArray();
        json.WriteBoolean("parallel_tool_calls", true);
        json.WriteString("tool_choice", "auto");
        json.WriteEmptyArray("tools");
        if (tokens is { } output && reply.HasUsage != false) json.WriteObject("usage", json => WriteUsage(json, reply, output));
        else json.WriteNull("usage");
    }

    private static void WriteUsage(Utf8JsonWriter json, Reply reply, int outputTokens)
    {
        json.WriteNumber("input_tokens", reply.PromptTokens);
        json.WriteObject("input_tokens_details", json => json.WriteNumber("cached_tokens", 0));
        json.WriteNumber("output_tokens", outputTokens);
        json.WriteObject("output_tokens_details", json => json.WriteNumber("reasoning_tokens", 0));
        json.WriteNumber("total_tokens", reply.PromptTokens + outputTokens);
    }
}
