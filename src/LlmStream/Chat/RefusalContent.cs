using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>Refusals as Microsoft.Extensions.AI represents them.</summary>
internal static class RefusalContent
{
    /// <summary>The code by which Microsoft.Extensions.AI.OpenAI marks an <see cref="ErrorContent"/> as a refusal.</summary>
    public const string ErrorCode = "Refusal";

    public static ErrorContent Create(string text) => new(text) { ErrorCode = ErrorCode };
}
