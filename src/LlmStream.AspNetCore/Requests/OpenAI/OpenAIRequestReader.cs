using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.OpenAI;

/// <summary>Reads the body of OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat/create).</summary>
/// <remarks>
/// Fields that are not listed in <see cref="ChatRelayRequest"/> have no effect, such as <c>n</c>, <c>user</c>, and <c>reasoning_effort</c>;
/// a handler that knows them finds them in <see cref="ChatRelayRequest.Body"/>.
/// </remarks>
internal static class OpenAIRequestReader
{
    /// <summary>Reads a body, a JSON object.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid. The message names the position.</exception>
    public static ParsedRequest Read(JsonElement body, ChatWire wire)
    {
        try
        {
            return Read(new JsonField(body, ""), wire);
        }
        catch (InvalidOperationException)
        {
            // From JsonElement: bytes or escapes that are not Unicode.
            throw new InvalidRelayRequestException("The body contains text that is not valid Unicode.");
        }
    }

    private static ParsedRequest Read(JsonField body, ChatWire wire)
    {
        List<ChatMessage> messages = [], systemMessages = [];
        if (body["messages"].IsPresent) OpenAIMessageReader.Read(body["messages"], messages, systemMessages);
        else messages.Add(new ChatMessage(ChatRole.User, Question(body)));
        return new ParsedRequest(new ChatRelayRequest
        {
            Wire = wire,
            Messages = messages,
            SystemMessages = systemMessages,
            Model = body["model"].OptionalText(),
            Options = OpenAIOptionsReader.ReadOptions(body),
            Tools = OpenAIOptionsReader.ReadTools(body["tools"]),
            ToolMode = OpenAIOptionsReader.ReadToolMode(body["tool_choice"]),
            Body = body.Value,
        })
        {
            IsStreaming = body["stream"].OptionalBoolean(),
            IncludeUsage = body["stream_options"]["include_usage"].OptionalBoolean() ?? false,
        };
    }

    /// <summary>The question of a <c>GET</c>, whose query has no messages.</summary>
    private static string Question(JsonField body)
    {
        JsonField question = body["message"].IsText ? body["message"] : body["prompt"];
        return question.IsText && question.Text() is { Length: > 0 } text ? text : throw body["messages"].Invalid("must be an array");
    }
}
