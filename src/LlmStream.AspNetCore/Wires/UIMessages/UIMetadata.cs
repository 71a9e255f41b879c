namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>
/// What a part carries for the next request: the browser keeps <c>providerMetadata</c> and sends it back with the conversation.
/// </summary>
internal static class UIMetadata
{
    /// <summary>The key of the library's metadata.</summary>
    public const string Key = "llmstream";

    /// <summary>The signature of reasoning.</summary>
    public const string Signature = "signature";
}
