using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>The names of keys, channels and ids.</summary>
/// <remarks>
/// All keys of a conversation have one hash tag, so that a cluster keeps them on one node: a hash of owner and conversation. A stream id
/// is this tag and a random part, so that the keys are known from the id alone, and the owner is not.
/// </remarks>
internal sealed class StreamKeys(string prefix, string channelPrefix)
{
    /// <summary>The number of parts of the index of running streams. Never changed, because nodes would look in different parts.</summary>
    public const int IndexCount = 16;

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const int TagLength = 25; // 128 bits
    private const int RandomLength = 26; // 134 bits

    public static string CreateEpoch() => RandomNumberGenerator.GetString(Alphabet, 10);

    public static string CreateStreamId(string tag) => tag + RandomNumberGenerator.GetString(Alphabet, RandomLength);

    public static string TagOf(string owner, string conversation)
    {
        // The length makes the pair unambiguous. UTF-16, because UTF-8 has no form for a lone surrogate.
        byte[] text = new byte[sizeof(int) + (2 * (owner.Length + conversation.Length))];
        BinaryPrimitives.WriteInt32LittleEndian(text, owner.Length);
        MemoryMarshal.AsBytes(owner.AsSpan()).CopyTo(text.AsSpan(sizeof(int)));
        MemoryMarshal.AsBytes(conversation.AsSpan()).CopyTo(text.AsSpan(sizeof(int) + (2 * owner.Length)));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        UInt128 number = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        return string.Create(TagLength, number, static (tag, number) =>
        {
            for (int i = 0; i < tag.Length; i++)
            {
                tag[i] = Alphabet[(int)(number % 36)];
                number /= 36;
            }
        });
    }

    /// <summary>Whether a text, which may come from a client, has the form of a stream id.</summary>
    public static bool IsStreamId(string id)
    {
        if (id.Length != TagLength + RandomLength) return false;
        foreach (char c in id)
        {
            if (!char.IsAsciiDigit(c) && !char.IsAsciiLetterLower(c)) return false;
        }

        return true;
    }

    /// <summary>A hash: <c>latest</c>, <c>forgotten</c>, <c>d:</c> and a digest for its stream, <c>x:</c> and one for a stop.</summary>
    public RedisKey Conversation(string tag) => $"{prefix}{{{tag}}}";

    public RedisKey ConversationOf(string id) => $"{prefix}{{{id.AsSpan(0, TagLength)}}}";

    /// <summary>A hash: everything about a stream except its records.</summary>
    public RedisKey Stream(string id) => $"{prefix}{{{id.AsSpan(0, TagLength)}}}:{id.AsSpan(TagLength)}";

    /// <summary>A Redis stream: the records, whose ids are <c>{sequence}-0</c>.</summary>
    public RedisKey Records(string id) => $"{prefix}{{{id.AsSpan(0, TagLength)}}}:{id.AsSpan(TagLength)}:r";

    /// <summary>The channel for readers of a stream, as subscribers name it.</summary>
    public RedisChannel Channel(string id) => RedisChannel.Literal($"{prefix}{id}");

    /// <summary>The channel for the producer of a stream.</summary>
    public RedisChannel StopChannel(string id) => RedisChannel.Literal($"{prefix}{id}:stop");

    /// <summary>The channel for readers, as scripts name it.</summary>
    public RedisValue ChannelName(string id) => $"{channelPrefix}{prefix}{id}";

    /// <summary>A sorted set of running streams, by the time at which their leases may have expired.</summary>
    public RedisKey Index(int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{{running-{number:00}}}");

    public RedisKey IndexOf(string id)
    {
        int sum = 0;
        foreach (char c in id.AsSpan(TagLength)) sum += c;
        return Index(sum % IndexCount);
    }
}
