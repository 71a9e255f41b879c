using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Hunyuan's own format: PascalCase names, an empty <c>FinishReason</c> until the end, tool call fragments without an index that repeat
/// the id, usage in each event, no end marker. Errors are JSON with status 200.
/// </summary>
internal sealed class HunyuanServerDialect : ServerDialect
{
    private const string RequestId = "00000000-0000-4000-9000-000000000000";

    public override ChatDialect Dialect => ChatDialect.Hunyuan;

    public override string BasePath => "/";

    public override int InvalidRequestStatus => 200;

    public override bool Matches(ScriptedRequest request) =>
        request.Headers.TryGetValue("X-TC-Action", out string? action) && action.StartsWith("Chat", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body || body["Messages"] is not JsonArray messages)
            return new ParsedRequest { Error = "The parameter `Messages` is missing." };
        return new ParsedRequest
        {
            Model = GetModel(body["Model"]),
            Stream = IsTrue(body["Stream"]),
            Messages = [.. messages.OfType<JsonObject>().Select(ParseMessage)],
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            if (delta.Kind is ReplyDeltaKind.Start) continue;
            yield return Frame.CreateEvent(DataPrefix, json => WriteAnswer(json, reply, delta.Tokens, json =>
            {
                json.WriteObject("Delta", json => WriteDelta(json, delta));
                json.WriteText("FinishReason", delta.Kind is ReplyDeltaKind.Finish ? reply.FinishReason : "");
            }));
        }
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply)
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        return ProviderJson.ToBytes(json => json.WriteObject("Response", WriteResponse));

        void WriteResponse(Utf8JsonWriter json)
        {
            json.WriteString("RequestId", RequestId);
            WriteAnswer(json, reply, tokens, json =>
            {
                json.WriteObject("Message", WriteMessage);
                json.WriteText("FinishReason", reply.HasFinish ? reply.FinishReason : "");
            });
        }

        void WriteMessage(Utf8JsonWriter json)
        {
            json.WriteString("Role", "assistant");
            json.WriteText("Content", text);
            if (reasoning.Length > 0) json.WriteText("ReasoningContent", reasoning);
            if (reply.HasToolCalls) json.WriteArray("ToolCalls", reply.ToolCalls, WriteToolCall);
        }
    }

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        if (inStream)
        {
            json.WriteObject("ErrorMsg", json =>
            {
                json.WriteText("Msg", message);
                json.WriteText("Code", code);
            });
            return;
        }

        json.WriteObject("Response", json =>
        {
            json.WriteString("RequestId", RequestId);
            json.WriteObject("Error", json =>
            {
                json.WriteText("Code", code);
                json.WriteText("Message", message);
            });
        });
    }

    private static ParsedMessage ParseMessage(JsonObject message)
    {
        string text = message["Contents"] is JsonArray parts
            ? string.Concat(parts.Select(part => GetString((part as JsonObject)?["Text"])))
            : GetString(message["Content"]);
        return new ParsedMessage(GetString(message["Role"]), text) { Reasoning = GetString(message["ReasoningContent"]) };
    }

    private static void WriteAnswer(Utf8JsonWriter json, Reply reply, int tokens, Action<Utf8JsonWriter> writeChoice)
    {
        json.WriteString("Note", "Written by a script.");
        json.WriteArrayOfOne("Choices", writeChoice);
        json.WriteNumber("Created", Reply.Created);
        json.WriteString("Id", reply.Id);
        if (reply.HasUsage == false) return;
        json.WriteObject("Usage", json =>
        {
            json.WriteNumber("PromptTokens", reply.PromptTokens);
            json.WriteNumber("CompletionTokens", tokens);
            json.WriteNumber("TotalTokens", reply.PromptTokens + tokens);
        });
    }

    private static void WriteDelta(Utf8JsonWriter json, ReplyDelta delta)
    {
        json.WriteString("Role", "assistant");
        json.WriteText("Content", delta.Kind is ReplyDeltaKind.Text ? delta.Text : "");
        if (delta.Kind is ReplyDeltaKind.Reasoning) json.WriteText("ReasoningContent", delta.Text);
        if (delta.ToolCall is not { } call) return;
        string name = delta.Kind is ReplyDeltaKind.ToolCall ? call.Name : "";
        json.WriteArrayOfOne("ToolCalls", json => WriteToolCall(json, call with { Name = name, Arguments = delta.Text }));
    }

    private static void WriteToolCall(Utf8JsonWriter json, ScriptedToolCall call)
    {
        json.WriteText("Id", call.Id);
        json.WriteString("Type", "function");
        json.WriteObject("Function", json =>
        {
            json.WriteText("Name", call.Name);
            json.WriteText("Arguments", call.Arguments);
        });
    }
}
