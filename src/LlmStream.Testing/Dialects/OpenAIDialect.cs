using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Chat Completions: data-only events, <c>d F empty+u [DONE]</c>; <c>usage</c> only where
/// <c>stream_options.include_usage</c> asks for it.
/// </summary>
internal sealed class OpenAIDialect : ServerDialect
{
    public override ChatDialect Dialect => ChatDialect.OpenAI;

    public override string BasePath => "/v1";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith("/chat/completions", StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new Asked { Complaint = "The body of the request is not a JSON object." };
        if (body["messages"] is not JsonArray messages) return new Asked { Complaint = "Missing required parameter: 'messages'." };
        bool continues = IsTrue(body["continue_final_message"]);
        return new Asked
        {
            Model = StringOf(body["model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = IsTrue(body["stream"]),
            IncludeUsage = IsTrue((body["stream_options"] as JsonObject)?["include_usage"]),
            Choices = body["n"] is JsonValue n && n.TryGetValue(out int choices) ? Math.Clamp(choices, 1, 128) : 1,
            Messages = [.. messages.OfType<JsonObject>().Select(Message)],
            ContinueFinalMessage = continues,
            // As vLLM has it: the template may either open a new turn or leave the last one open.
            Complaint = continues && !IsFalse(body["add_generation_prompt"])
                ? "Cannot set both `continue_final_message` and `add_generation_prompt` to True."
                : null,
        };
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        bool asked = Read(request).IncludeUsage;
        bool usage = reply.HasUsage ?? asked;
        int tokens = 0;
        foreach (ReplyStep step in reply.Steps())
        {
            tokens = step.Tokens;
            for (int choice = 0; choice < reply.Choices; choice++)
            {
                int index = choice;
                yield return Chunk(reply, json =>
                {
                    json.ArrayOfOne("choices", json => WriteChoice(json, index, step, reply));
                    if (usage) json.WriteNull("usage");
                });
            }
        }

        if (usage)
        {
            yield return Chunk(reply, json =>
            {
                json.WriteStartArray("choices");
                json.WriteEndArray();
                WriteUsage(json, reply, tokens * reply.Choices);
            });
        }

        if (reply.HasDone) yield return Frame.Text("data: [DONE]\n\n");
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply) => JsonText.Bytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyStep.Collect(reply.Steps());
        WriteHead(json, reply, "chat.completion");
        json.WriteStartArray("choices");
        for (int choice = 0; choice < reply.Choices; choice++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", choice);
            json.Object("message", json =>
            {
                json.WriteString("role", "assistant");
                json.Text("content", text.Length == 0 && reply.HasTools ? null : text);
                if (reasoning.Length > 0) json.Text("reasoning_content", reasoning);
                if (reply.HasTools) WriteToolCalls(json, reply);
            });
            json.Text("finish_reason", reply.HasFinish ? reply.FinishReason : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (reply.HasUsage != false) WriteUsage(json, reply, tokens * reply.Choices);
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.Object("error", json =>
    {
        json.Text("message", message);
        json.Text("type", code);
        json.WriteNull("param");
        json.Text("code", code);
    });

    private static AskedMessage Message(JsonObject message) => new(StringOf(message["role"]), TextOf(message["content"]))
    {
        Reasoning = StringOf(message["reasoning_content"]),
        Prefix = IsTrue(message["prefix"]),
        Partial = IsTrue(message["partial"]),
    };

    private static Frame Chunk(Reply reply, Action<Utf8JsonWriter> write) => Frame.Json("data: ", json =>
    {
        WriteHead(json, reply, "chat.completion.chunk");
        write(json);
    });

    private static void WriteHead(Utf8JsonWriter json, Reply reply, string type)
    {
        json.WriteString("id", "chatcmpl-" + reply.Id);
        json.WriteString("object", type);
        json.WriteNumber("created", Reply.Created);
        json.Text("model", reply.Model);
    }

    private static void WriteChoice(Utf8JsonWriter json, int choice, ReplyStep step, Reply reply)
    {
        json.WriteNumber("index", choice);
        json.Object("delta", json => WriteDelta(json, step));
        json.Text("finish_reason", step.Kind is ReplyStepKind.Finish ? reply.FinishReason : null);
    }

    private static void WriteDelta(Utf8JsonWriter json, ReplyStep step)
    {
        switch (step.Kind)
        {
            case ReplyStepKind.Start:
                json.WriteString("role", "assistant");
                json.WriteString("content", "");
                break;
            case ReplyStepKind.Reasoning:
                json.Text("reasoning_content", step.Piece);
                break;
            case ReplyStepKind.Text:
                json.Text("content", step.Piece);
                break;
            case ReplyStepKind.ToolCall or ReplyStepKind.ToolArguments:
                json.ArrayOfOne("tool_calls", json => WriteToolFragment(json, step));
                break;
        }
    }

    private static void WriteToolFragment(Utf8JsonWriter json, ReplyStep step)
    {
        json.WriteNumber("index", step.ToolIndex);
        if (step.Kind is ReplyStepKind.ToolCall)
        {
            json.Text("id", step.Tool!.Id);
            json.WriteString("type", "function");
        }

        json.Object("function", json =>
        {
            if (step.Kind is ReplyStepKind.ToolCall) json.Text("name", step.Tool!.Name);
            json.Text("arguments", step.Piece);
        });
    }

    private static void WriteToolCalls(Utf8JsonWriter json, Reply reply)
    {
        json.WriteStartArray("tool_calls");
        foreach (ToolCallScript tool in reply.ToolCalls)
        {
            json.WriteStartObject();
            json.Text("id", tool.Id);
            json.WriteString("type", "function");
            json.Object("function", json =>
            {
                json.Text("name", tool.Name);
                json.Text("arguments", tool.Arguments);
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter json, Reply reply, int tokens) => json.Object("usage", json =>
    {
        json.WriteNumber("prompt_tokens", reply.PromptTokens);
        json.WriteNumber("completion_tokens", tokens);
        json.WriteNumber("total_tokens", reply.PromptTokens + tokens);
    });
}
