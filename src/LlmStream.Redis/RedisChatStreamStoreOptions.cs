using LlmStream.Relay;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.Redis;

/// <summary>The options of a <see cref="RedisChatStreamStore"/>. All nodes that share a server use the same.</summary>
public sealed record RedisChatStreamStoreOptions : ChatStreamStoreOptions
{
    private readonly string _keyPrefix = "llmstream:";
    private readonly int _database = -1;
    private readonly int _tailBytes = 32 * 1024;

    /// <summary>Creates options with the defaults.</summary>
    public RedisChatStreamStoreOptions()
    {
    }

    /// <summary>Creates options with the times and limits of others.</summary>
    /// <param name="common">The times and limits.</param>
    /// <exception cref="ArgumentNullException"><paramref name="common"/> is null.</exception>
    public RedisChatStreamStoreOptions(ChatStreamStoreOptions common)
        : base(common)
    {
        ArgumentNullException.ThrowIfNull(common);
    }

    /// <summary>
    /// What all keys and channels begin with. Default: <c>llmstream:</c>. Without braces, which would place all keys on one node of a
    /// cluster.
    /// </summary>
    /// <exception cref="ArgumentException">The value has a brace.</exception>
    public string KeyPrefix
    {
        get => _keyPrefix;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.AsSpan().ContainsAny('{', '}')) throw new ArgumentException("The key prefix has a brace.", nameof(value));
            _keyPrefix = value;
        }
    }

    /// <summary>The number of the database; -1 for that of the connection. A cluster has only database 0. Default: -1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than -1.</exception>
    public int Database
    {
        get => _database;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
            _database = value;
        }
    }

    /// <summary>
    /// How many bytes of the last records of a stream a node keeps in memory while it has readers of the stream, so that they share one
    /// copy. Readers that are further behind read from Redis. 0 keeps nothing. Default: 32 KiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int TailBytes
    {
        get => _tailBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _tailBytes = value;
        }
    }

    /// <summary>The clock of measurements. It decides nothing about streams: their times are those of the server.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Creates the logger. Default: nothing is logged. Prompts, answers and passwords are never logged.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
