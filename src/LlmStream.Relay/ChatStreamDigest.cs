using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LlmStream.Relay;

/// <summary>Computes the digest by which a repeated request is recognised.</summary>
public static class ChatStreamDigest
{
    /// <summary>
    /// Computes the digest of the parts of a request: what triggered it, its messages, and its <c>Idempotency-Key</c> if it has one. An id
    /// alone is not enough: clients repeat it when they regenerate an answer, or send back the results of tools.
    /// </summary>
    /// <param name="parts">The parts. Their order and their boundaries matter. Null is an empty part.</param>
    /// <returns>The SHA-256 as 64 hexadecimal digits.</returns>
    public static string Compute(params IEnumerable<string?> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string? part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part ?? "");
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
