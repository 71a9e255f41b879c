namespace LlmStream.Redis.Scripts;

/// <summary>
/// The scripts of the index of running streams, which is on other nodes of a cluster than the streams. So it is only a hint: a stream is
/// added before it begins, and removed after it has ended.
/// </summary>
internal static class IndexScripts
{
    /// <summary>
    /// ARGV 1 the stream, 2 for how long its lease is held, 3 running retention, 4 <c>XX</c> to change only what is there. Producers do
    /// this twice in the time of a lease, so that what is older than the retention belongs to streams that have expired.
    /// </summary>
    public const string Add = StreamScripts.AllowOutOfMemory + StreamScripts.Time + """
        if ARGV[4] == 'XX' then
          redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
        else
          redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
        end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
        redis.call('PEXPIRE', KEYS[1], ARGV[3] + 2 * ARGV[2])
        """;

    /// <summary>ARGV 1 how many at most.</summary>
    /// <returns>Streams whose leases may have expired.</returns>
    public const string Find = StreamScripts.ReadOnly + StreamScripts.Time + """
        return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
        """;
}
