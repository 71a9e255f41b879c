using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>Creates the exceptions for requests that cannot be built. Each names the public parameter that the caller passed.</summary>
internal static class InvalidRequest
{
    public const string MessagesParameter = "messages";

    private const string OptionsParameter = "options";

    // The parameters are those of LlmStreamClient.StreamAsync and IChatClient, far up the call stack.
#pragma warning disable MA0015, CA2208

    /// <summary>A message cannot be sent.</summary>
    public static ArgumentException Messages(string message) => new(message, MessagesParameter);

    /// <summary>An option cannot be used.</summary>
    public static ArgumentException Options(string message) => new(message, OptionsParameter);

#pragma warning restore MA0015, CA2208

    /// <summary>A message contains something that the format has no equivalent for.</summary>
    /// <param name="index">The index of the message.</param>
    /// <param name="content">The content.</param>
    /// <param name="remedy">What to do, in sentences; null: the part can be passed in the provider's format.</param>
    public static ArgumentException UnsupportedContent(int index, AIContent content, string? remedy = null)
    {
        string mediaType = content switch
        {
            DataContent data => $" ({data.MediaType})",
            UriContent link => $" ({link.MediaType})",
            _ => "",
        };
        remedy ??= "Remove it, or pass the part in the provider's format: new AIContent { RawRepresentation = new JsonObject { … } }.";
        return Messages($"Message {index} has content that this API does not support: {content.GetType().Name}{mediaType}. {remedy}");
    }

    /// <summary>A message with the role <c>tool</c> has content that is not the result of a call.</summary>
    public static ArgumentException ContentInToolMessage(int index, AIContent content) => Messages(
        $"Message {index} has the role \"tool\" and other content than results: {content.GetType().Name}. "
        + "Pass what a tool returned as FunctionResultContent, which names the call that it answers.");

    /// <summary>The tools contain something that the format has no equivalent for.</summary>
    /// <param name="tool">The tool, or null if the list contains null.</param>
    /// <param name="remedy">What to do, in sentences.</param>
    public static ArgumentException UnsupportedTool(AITool? tool, string remedy) => Options(
        tool is null
            ? "ChatOptions.Tools contains null. Remove it."
            : $"ChatOptions.Tools has a tool that this API does not support: \"{tool.Name}\" ({tool.GetType().Name}). {remedy}");
}
