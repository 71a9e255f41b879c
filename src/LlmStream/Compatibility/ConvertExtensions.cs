using System.Buffers.Text;
using System.Security.Cryptography;

namespace LlmStream.Compatibility;

/// <summary>The members for base64, hexadecimal digits, and hashes that .NET Standard 2.0 lacks.</summary>
internal static class ConvertExtensions
{
    extension(Convert)
    {
        public static string ToHexString(ReadOnlySpan<byte> bytes)
        {
            const string Digits = "0123456789ABCDEF";
            char[] text = new char[2 * bytes.Length];
            for (int i = 0; i < bytes.Length; i++)
            {
                text[2 * i] = Digits[bytes[i] >> 4];
                text[(2 * i) + 1] = Digits[bytes[i] & 0xF];
            }

            return new string(text);
        }

        public static bool TryFromBase64String(string text, Span<byte> bytes, out int bytesWritten)
        {
            bytesWritten = 0;
            if (!Base64.IsValid(text.AsSpan())) return false;
            byte[] decoded = Convert.FromBase64String(text);
            if (!decoded.AsSpan().TryCopyTo(bytes)) return false;
            bytesWritten = decoded.Length;
            return true;
        }
    }

    extension(Base64)
    {
        /// <summary>Whether a text is base64: white space is allowed anywhere, padding is required.</summary>
        public static bool IsValid(ReadOnlySpan<char> text)
        {
            int digits = 0;
            int padding = 0;
            foreach (char c in text)
            {
                if (c is ' ' or '\t' or '\r' or '\n') continue;
                if (c == '=') padding++;
                else if (padding == 0 && (char.IsAsciiLetterOrDigit(c) || c is '+' or '/')) digits++;
                else return false;
            }

            return padding <= 2 && (digits + padding) % 4 == 0;
        }
    }

    extension(SHA256)
    {
        public static byte[] HashData(byte[] bytes)
        {
            using var hash = SHA256.Create();
            return hash.ComputeHash(bytes);
        }

        public static byte[] HashData(ReadOnlySpan<byte> bytes) => SHA256.HashData(bytes.ToArray());
    }

    extension(HMACSHA256)
    {
        public static byte[] HashData(byte[] key, byte[] bytes)
        {
            using var hash = new HMACSHA256(key);
            return hash.ComputeHash(bytes);
        }
    }
}
