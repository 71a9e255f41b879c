using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.AgUI;

/// <summary>Reads AG-UI's <c>RunAgentInput</c>, version 1.0. State, context and forwarded properties are only in the body.</summary>
internal static class AgUIRequestReader
{
    private static readonly JsonElement NoParameters = JsonDocument.Parse("""{"type":"object","properties":{}}""").RootElement.Clone();

    /// <summary>Reads a body.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public static ParsedRequest Read(ChatWire wire, JsonElement body)
    {
        var root = new RequestValue(body, "");
        if (!root.IsObject) throw root.Invalid("The body is not a JSON object.");
        string threadId = root.String("threadId"), runId = root.String("runId");
        var conversation = new AgUIConversationReader();
        foreach (RequestValue message in root.Items("messages")) conversation.Add(message);
        return new ParsedRequest(new ChatRelayRequest
        {
            Wire = wire,
            Messages = conversation.ToMessages(),
            SystemMessages = conversation.SystemMessages,
            Tools = root.TryGet("tools", out RequestValue tools) ? [.. tools.Items().Select(ReadTool)] : [],
            ConversationId = threadId,
            RunId = runId,
            Body = body,
        });
    }

    private static AITool ReadTool(RequestValue tool)
    {
        string name = tool.String("name");
        if (string.IsNullOrWhiteSpace(name)) throw tool.Invalid("\"name\" is empty.");
        JsonElement schema = NoParameters;
        if (tool.TryGet("parameters", out RequestValue parameters))
        {
            if (!parameters.IsObject) throw parameters.Invalid("It must be an object, a JSON schema.");
            schema = parameters.Element;
        }

        return AIFunctionFactory.CreateDeclaration(name, tool.OptionalString("description"), schema, returnJsonSchema: null);
    }
}
