using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience.Fallback;

/// <summary>
/// Fields of one format that the caller added to a message or a content, such as <c>cache_control</c>: their additional properties.
/// </summary>
internal static class FormatProperties
{
    /// <summary>A copy of a message without them; the same message if it has none.</summary>
    public static ChatMessage Remove(ChatMessage message)
    {
        bool hasAny = message.AdditionalProperties is { Count: > 0 } || message.Contents.Any(Has);
        if (!hasAny) return message;
        ChatMessage copy = message.Clone();
        copy.AdditionalProperties = null;
        copy.Contents = [.. message.Contents.Select(content => Has(content) ? Copy(content) : content)];
        return copy;
    }

    /// <summary>Not content of a provider that no type describes: it consists of nothing else.</summary>
    private static bool Has(AIContent content) => content.AdditionalProperties is { Count: > 0 } && !ProviderContent.Is(content);

    /// <summary>A copy without the properties. A content of another type is no content of a request in any other format.</summary>
    private static AIContent Copy(AIContent content) => content switch
    {
        TextContent text => new TextContent(text.Text),
        TextReasoningContent reasoning => new TextReasoningContent(reasoning.Text) { ProtectedData = reasoning.ProtectedData },
        DataContent data => new DataContent(data.Data, data.MediaType) { Name = data.Name },
        UriContent uri => new UriContent(uri.Uri, uri.MediaType),
        FunctionCallContent call => new FunctionCallContent(call.CallId, call.Name, call.Arguments)
        {
            Exception = call.Exception, InformationalOnly = call.InformationalOnly,
        },
        FunctionResultContent result => new FunctionResultContent(result.CallId, result.Result) { Exception = result.Exception },
        _ => content,
    };
}
