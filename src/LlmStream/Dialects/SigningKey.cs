using System.Security.Cryptography;
using System.Text;

namespace LlmStream.Dialects;

/// <summary>A key with which requests are signed: <c>id:secret</c>, or <c>id:secret:token</c> if it is temporary.</summary>
/// <remarks>The schemes of several cloud providers derive a key for a date and a service from the secret, by a chain of HMACs.</remarks>
internal sealed class SigningKey
{
    private readonly string _secret;

    private SigningKey(string id, string secret, string? token)
    {
        Id = id;
        _secret = secret;
        Token = token;
    }

    public string Id { get; }

    /// <summary>The session token of a temporary key, or null.</summary>
    public string? Token { get; }

    /// <summary>Reads a key; null if it is of another kind, such as a bearer token, which has no colon.</summary>
    public static SigningKey? TryParse(string? key) =>
        key?.Split(':', 3) is [{ Length: > 0 } id, { Length: > 0 } secret, ..] parts
            ? new SigningKey(id, secret, parts is [_, _, { Length: > 0 } token] ? token : null)
            : null;

    /// <summary>The signature of a text, in hexadecimal.</summary>
    /// <param name="prefix">What precedes the secret in the first key of the chain.</param>
    /// <param name="scope">What the key is restricted to, one link of the chain each.</param>
    /// <param name="text">The text to sign.</param>
    public string Sign(string prefix, IEnumerable<string> scope, string text)
    {
        byte[] key = Encoding.UTF8.GetBytes(prefix + _secret);
        foreach (string part in scope) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return ToHex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The SHA-256 hash of some bytes, in hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => ToHex(SHA256.HashData(bytes));

    /// <summary>The SHA-256 hash of a text, in hexadecimal.</summary>
    public static string Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    public override string ToString() => Id;

    private static string ToHex(byte[] bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
}
