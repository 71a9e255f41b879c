using System.Security.Cryptography;

namespace LlmStream.Relay;

/// <summary>Creates random ids.</summary>
internal static class RandomId
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>A stream id: 134 random bits.</summary>
    public static string CreateStreamId() => RandomNumberGenerator.GetString(Alphabet, 26);

    /// <summary>An epoch: 51 random bits.</summary>
    public static string CreateEpoch() => RandomNumberGenerator.GetString(Alphabet, 10);
}
