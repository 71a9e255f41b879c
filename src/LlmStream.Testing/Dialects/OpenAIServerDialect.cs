using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// OpenAI's Chat Completions: data-only events, a chunk with the finish reason, a chunk with usage and no choices if
/// <c>stream_options.include_usage</c> asks for it, then <c>[DONE]</c>.
/// </summary>
internal class OpenAIServerDialect : ServerDialect
{
    private const int MaxChoices = 128;

    public override ChatDialect Dialect => ChatDialect.OpenAI;

    public override string BasePath => "/v1";

    public override bool Matches(ScriptedRequest request) => IsChat(request) && !MistralServerDialect.IsFromClient(request);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new ParsedRequest { Error = "The body of the request is not a JSON object." };
        if (body["messages"] is not JsonArray messages) return new ParsedRequest { Error = "Missing required parameter: 'messages'." };
        bool continuesFinalMessage = IsTrue(body["continue_final_message"]);
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = IsTrue(body["stream"]),
            IncludeUsage = IsTrue((body["stream_options"] as JsonObject)?["include_usage"]),
            Choices = body["n"] is JsonValue n && n.TryGetValue(out int choices) ? Math.Clamp(choices, 1, MaxChoices) : 1,
            Messages = [.. messages.OfType<JsonObject>().Select(ParseMessage)],
            ContinueFinalMessage = continuesFinalMessage,

            // vLLM: the chat template either opens a new turn or leaves the last one open.
            Error = continuesFinalMessage && !IsFalse(body["add_generation_prompt"])
                ? "Cannot set both `continue_final_message` and `add_generation_prompt` to True."
                : null,
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        bool hasUsage = reply.HasUsage ?? Parse(request).IncludeUsage;
        int tokens = 0;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            tokens = delta.Tokens;
            for (int choice = 0; choice < reply.Choices; choice++)
            {
                int index = choice;
                yield return CreateChunk(reply, json =>
                {
                    json.WriteArrayOfOne("choices", json => WriteChoice(json, index, delta, reply));
                    if (hasUsage) json.WriteNull("usage");
                });
            }
        }

        if (hasUsage)
        {
            yield return CreateChunk(reply, json =>
            {
                json.WriteEmptyArray("choices");
                WriteUsage(json, reply, tokens * reply.Choices);
            });
        }

        if (reply.HasEndMarker) yield return Frame.CreateEvent("data: [DONE]\n\n");
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply) => ProviderJson.ToBytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        WriteHead(json, reply, "chat.completion");
        json.WriteArray("choices", Enumerable.Range(0, reply.Choices), (json, index) =>
        {
            json.WriteNumber("index", index);
            json.WriteObject("message", json =>
            {
                json.WriteString("role", "assistant");
                json.WriteText("content", text.Length == 0 && reply.HasToolCalls ? null : text);
                if (reasoning.Length > 0) json.WriteText("reasoning_content", reasoning);
                if (reply.HasToolCalls) json.WriteArray("tool_calls", reply.ToolCalls, WriteToolCall);
            });
            json.WriteText("finish_reason", reply.HasFinish ? reply.FinishReason : null);
        });
        if (reply.HasUsage != false) WriteUsage(json, reply, tokens * reply.Choices);
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.WriteObject("error", json =>
    {
        json.WriteText("message", message);
        json.WriteText("type", code);
        json.WriteNull("param");
        json.WriteText("code", code);
    });

    protected static bool IsChat(ScriptedRequest request) => request.Path.EndsWith("/chat/completions", StringComparison.Ordinal);

    private static ParsedMessage ParseMessage(JsonObject message) => new(GetString(message["role"]), GetText(message["content"]))
    {
        Reasoning = GetString(message["reasoning_content"]),
        HasPrefixFlag = IsTrue(message["prefix"]),
        HasPartialFlag = IsTrue(message["partial"]),
    };

    private static Frame CreateChunk(Reply reply, Action<Utf8JsonWriter> write) => Frame.CreateEvent("data: ", json =>
    {
        WriteHead(json, reply, "chat.completion.chunk");
        write(json);
    });

    private static void WriteHead(Utf8JsonWriter json, Reply reply, string type)
    {
        json.WriteString("id", "chatcmpl-" + reply.Id);
        json.WriteString("object", type);
        json.WriteNumber("created", Reply.Created);
        json.WriteText("model", reply.Model);
    }

    private static void WriteChoice(Utf8JsonWriter json, int index, ReplyDelta delta, Reply reply)
    {
        json.WriteNumber("index", index);
        json.WriteObject("delta", json => WriteDelta(json, delta));
        json.WriteText("finish_reason", delta.Kind is ReplyDeltaKind.Finish ? reply.FinishReason : null);
    }

    private static void WriteDelta(Utf8JsonWriter json, ReplyDelta delta)
    {
        switch (delta.Kind)
        {
            case ReplyDeltaKind.Start:
                json.WriteString("role", "assistant");
                json.WriteString("content", "");
                break;
            case ReplyDeltaKind.Reasoning:
                json.WriteText("reasoning_content", delta.Text);
                break;
            case ReplyDeltaKind.Text:
                json.WriteText("content", delta.Text);
                break;
            case ReplyDeltaKind.ToolCall or ReplyDeltaKind.ToolArguments:
                json.WriteArrayOfOne("tool_calls", json => WriteFragment(json, delta));
                break;
        }
    }

    private static void WriteFragment(Utf8JsonWriter json, ReplyDelta delta)
    {
        bool isStart = delta.Kind is ReplyDeltaKind.ToolCall;
        json.WriteNumber("index", delta.ToolCallIndex);
        if (isStart)
        {
            json.WriteText("id", delta.ToolCall!.Id);
            json.WriteString("type", "function");
        }

        json.WriteObject("function", json =>
        {
            if (isStart) json.WriteText("name", delta.ToolCall!.Name);
            json.WriteText("arguments", delta.Text);
        });
    }

    private static void WriteToolCall(Utf8JsonWriter json, ScriptedToolCall call)
    {
        json.WriteText("id", call.Id);
        json.WriteString("type", "function");
        json.WriteObject("function", json =>
        {
            json.WriteText("name", call.Name);
            json.WriteText("arguments", call.Arguments);
        });
    }

    private static void WriteUsage(Utf8JsonWriter json, Reply reply, int tokens) => json.WriteObject("usage", json =>
    {
        json.WriteNumber("prompt_tokens", reply.PromptTokens);
        json.WriteNumber("completion_tokens", tokens);
        json.WriteNumber("total_tokens", reply.PromptTokens + tokens);
    });
}
