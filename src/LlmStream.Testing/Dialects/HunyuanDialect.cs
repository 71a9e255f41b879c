using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Hunyuan's own format: names in PascalCase, <c>FinishReason</c> empty until the end, tool calls without an index that
/// repeat their id on each fragment, usage on each event, no <c>[DONE]</c>; errors are JSON with status 200.
/// </summary>
internal sealed class HunyuanDialect : ServerDialect
{
    private const string RequestId = "00000000-0000-4000-9000-000000000000";

    public override ChatDialect Dialect => ChatDialect.Hunyuan;

    public override string BasePath => "/";

    public override int RefusalStatus => 200;

    public override bool Matches(ScriptedRequest request) =>
        request.Headers.TryGetValue("X-TC-Action", out string? action) && action.StartsWith("Chat", StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if ((request.Json as JsonObject)?["Messages"] is not JsonArray messages) return new Asked { Complaint = "The parameter `Messages` is missing." };
        return new Asked
        {
            Model = StringOf(request.Json["Model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = IsTrue(request.Json["Stream"]),
            Messages = [.. messages.OfType<JsonObject>().Select(message => new AskedMessage(
                StringOf(message["Role"]),
                message["Contents"] is JsonArray parts ? string.Concat(parts.Select(part => StringOf((part as JsonObject)?["Text"]))) : StringOf(message["Content"]))
            {
                Reasoning = StringOf(message["ReasoningContent"]),
            })],
        };
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        foreach (ReplyStep step in reply.Steps())
        {
            if (step.Kind is ReplyStepKind.Start) continue;
            yield return Frame.Json(DataPrefix, json => WriteAnswer(json, reply, step.Tokens, json =>
            {
                json.Object("Delta", json =>
                {
                    json.WriteString("Role", "assistant");
                    json.Text("Content", step.Kind is ReplyStepKind.Text ? step.Piece : "");
                    if (step.Kind is ReplyStepKind.Reasoning) json.Text("ReasoningContent", step.Piece);
                    if (step.Tool is { } tool) WriteTools(json, [tool with { Name = step.Kind is ReplyStepKind.ToolCall ? tool.Name : "", Arguments = step.Piece }]);
                });
                json.Text("FinishReason", step.Kind is ReplyStepKind.Finish ? reply.FinishReason : "");
            }));
        }
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply) => JsonText.Bytes(json => json.Object("Response", json =>
    {
        (string text, string reasoning, int tokens) = ReplyStep.Collect(reply.Steps());
        json.WriteString("RequestId", RequestId);
        WriteAnswer(json, reply, tokens, json =>
        {
            json.Object("Message", json =>
            {
                json.WriteString("Role", "assistant");
                json.Text("Content", text);
                if (reasoning.Length > 0) json.Text("ReasoningContent", reasoning);
                if (reply.HasTools) WriteTools(json, reply.ToolCalls);
            });
            json.Text("FinishReason", reply.HasFinish ? reply.FinishReason : "");
        });
    }));

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        if (inStream)
        {
            json.Object("ErrorMsg", json =>
            {
                json.Text("Msg", message);
                json.Text("Code", code);
            });
            return;
        }

        json.Object("Response", json =>
        {
            json.WriteString("RequestId", RequestId);
            json.Object("Error", json =>
            {
                json.Text("Code", code);
                json.Text("Message", message);
            });
        });
    }

    private static void WriteAnswer(Utf8JsonWriter json, Reply reply, int tokens, Action<Utf8JsonWriter> writeChoice)
    {
        json.WriteString("Note", "Written by a script.");
        json.ArrayOfOne("Choices", writeChoice);
        json.WriteNumber("Created", Reply.Created);
        json.WriteString("Id", reply.Id);
        if (reply.HasUsage == false) return;
        json.Object("Usage", json =>
        {
            json.WriteNumber("PromptTokens", reply.PromptTokens);
            json.WriteNumber("CompletionTokens", tokens);
            json.WriteNumber("TotalTokens", reply.PromptTokens + tokens);
        });
    }

    private static void WriteTools(Utf8JsonWriter json, IReadOnlyList<ToolCallScript> tools)
    {
        json.WriteStartArray("ToolCalls");
        foreach (ToolCallScript tool in tools)
        {
            json.WriteStartObject();
            json.Text("Id", tool.Id);
            json.WriteString("Type", "function");
            json.Object("Function", json =>
            {
                json.Text("Name", tool.Name);
                json.Text("Arguments", tool.Arguments);
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
