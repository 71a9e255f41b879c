namespace LlmStream.Relay;

/// <summary>
/// Encrypts the requests that are stored with their streams. They contain the conversation. The keys should not be in the same store as
/// the streams. All nodes must be able to decrypt what one has encrypted.
/// </summary>
public interface IChatRequestProtector
{
    /// <summary>Encrypts a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>What is stored.</returns>
    byte[] Protect(byte[] request);

    /// <summary>Decrypts a request.</summary>
    /// <param name="data">What was stored.</param>
    /// <returns>The request; null if it cannot be decrypted, for example because the key is unknown.</returns>
    byte[]? Unprotect(byte[] data);
}

/// <summary>Protectors of stored requests.</summary>
public static class ChatRequestProtector
{
    /// <summary>
    /// Stores requests in the clear. Whoever can read the store can read the conversations; that is also true of the answers, which are
    /// never encrypted.
    /// </summary>
    public static IChatRequestProtector None { get; } = new NoProtection();

    private sealed class NoProtection : IChatRequestProtector
    {
        public byte[] Protect(byte[] request) => request;

        public byte[]? Unprotect(byte[] data) => data;
    }
}
