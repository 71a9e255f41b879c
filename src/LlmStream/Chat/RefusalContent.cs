using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>
/// A refusal by the model as a content: an <see cref="ErrorContent"/> with the code that Microsoft.Extensions.AI.OpenAI uses.
/// </summary>
internal static class RefusalContent
{
    private const string Code = "Refusal";

    public static ErrorContent Create(string text) => new(text) { ErrorCode = Code };

    /// <summary>Whether a content is a refusal and not another error.</summary>
    public static bool Is(AIContent content) => content is ErrorContent { ErrorCode: Code };
}
