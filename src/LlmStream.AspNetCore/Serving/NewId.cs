using System.Security.Cryptography;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Ids that cannot be guessed: 128 random bits, as 32 hexadecimal digits.</summary>
internal static class NewId
{
    public static string Create() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
