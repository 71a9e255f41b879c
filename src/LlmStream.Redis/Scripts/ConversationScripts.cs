namespace LlmStream.Redis.Scripts;

/// <summary>The scripts that find streams by their conversations.</summary>
/// <remarks>
/// Which streams a conversation has is known only after it was read, and a script may use only keys that it was given. So the caller reads
/// first, passes what it has found with the keys, and begins again if a script finds something else.
/// </remarks>
internal static class ConversationScripts
{
    /// <summary>
    /// Keys: 1 the conversation, 2 the new stream, 3 the stream of the digest, 4 the latest stream, 5 its records, then streams that may
    /// be gone. ARGV 1 id, 2 lease, 3 running retention, 4 ended retention, 5 digest, 6 the stream of the digest or empty, 7 the
    /// latest stream or empty, 8 whether it starts anew, 9 owner, 10 conversation, 11 metadata, 12 epoch, 13 channel of the
    /// latest stream, 14 the number of streams that may be gone, then the digest and the id of each, then digests of
    /// stops that may be over.
    /// </summary>
    /// <returns>
    /// 0 begun, and 1 if another was superseded, 2 if that has ended; 1 not begun, because the stream of the digest is joined, 2 stopped, 3
    /// the conversation has changed.
    /// </returns>
    public const string Begin = "#!lua\n" + StreamScripts.Time + """
        local known = redis.call('HMGET', KEYS[1], 'd:' .. ARGV[5], 'latest', 'x:' .. ARGV[5])
        if (known[1] or '') ~= ARGV[6] or (known[2] or '') ~= ARGV[7] then return {3} end
        if ARGV[6] ~= '' then
          local same = redis.call('HMGET', KEYS[3], 'begun', 'verdict', 'stopped')
          local is_replaced = (same[2] == '1' and ARGV[6] == ARGV[7]) or (ARGV[8] == '1' and (same[2] or same[3]))
          if same[1] and (same[1] == ARGV[12] or not is_replaced) then return {1} end
        end
        if known[3] and now < tonumber(known[3]) then return {2} end

        local superseded = 0
        if ARGV[7] ~= '' then
          local latest = redis.call('HMGET', KEYS[4], 'epoch', 'verdict', 'lease')
          if latest[1] and not latest[2] then
            superseded = 1
            redis.call('HSET', KEYS[4], 'stopped', 1)
            if now >= tonumber(latest[3]) then
              superseded = 2
              redis.call('HSET', KEYS[4], 'verdict', 2, 'end', '')
              redis.call('HDEL', KEYS[4], 'request')
              redis.call('PEXPIREAT', KEYS[4], now + ARGV[4])
              redis.call('PEXPIREAT', KEYS[5], now + ARGV[4])
              redis.call('PEXPIREAT', KEYS[1], now + ARGV[4], 'GT')
              redis.call('PUBLISH', ARGV[13], 'e')
            end
            redis.call('PUBLISH', ARGV[13] .. ':stop', 's')
          end
        end

        redis.call('HSET', KEYS[2], 'owner', ARGV[9], 'conversation', ARGV[10], 'digest', ARGV[5], 'metadata', ARGV[11],
          'begun', ARGV[12], 'epoch', ARGV[12], 'epochs', ARGV[12] .. ':1', 'first', 1, 'last', 0, 'bytes', 0, 'takeovers', 0,
          'lease', now + ARGV[2], 'reader', now, 'indexed', now)
        redis.call('PEXPIREAT', KEYS[2], now + ARGV[3])
        redis.call('HSET', KEYS[1], 'd:' .. ARGV[5], ARGV[1], 'latest', ARGV[1])
        redis.call('HDEL', KEYS[1], 'forgotten', 'x:' .. ARGV[5])
        if redis.call('PEXPIRETIME', KEYS[1]) < now + ARGV[3] then redis.call('PEXPIREAT', KEYS[1], now + ARGV[3]) end

        local count = tonumber(ARGV[14])
        for i = 1, count do
          local digest, id = 'd:' .. ARGV[13 + 2 * i], ARGV[14 + 2 * i]
          if redis.call('EXISTS', KEYS[5 + i]) == 0 and redis.call('HGET', KEYS[1], digest) == id then
            redis.call('HDEL', KEYS[1], digest)
          end
        end
        for i = 15 + 2 * count, #ARGV do
          local stop = 'x:' .. ARGV[i]
          local until_time = redis.call('HGET', KEYS[1], stop)
          if until_time and now >= tonumber(until_time) then redis.call('HDEL', KEYS[1], stop) end
        end
        return {0, superseded}
        """;

    /// <summary>
    /// As for <see cref="StreamScripts.Stop"/>; then 6 the digest, 7 its stream or empty, 8 for how long the stop is remembered if there is
    /// none.
    /// </summary>
    /// <returns>As for <see cref="StreamScripts.Stop"/>; 5 prevented, 6 the conversation has changed.</returns>
    public const string Stop = StreamScripts.AllowOutOfMemory + """
        local known = redis.call('HGET', KEYS[3], 'd:' .. ARGV[6]) or ''
        if known ~= ARGV[7] then return {6} end

        """ + StreamScripts.Time + """
        if known == '' or redis.call('EXISTS', KEYS[1]) == 0 then
          redis.call('HSET', KEYS[3], 'x:' .. ARGV[6], now + ARGV[8])
          if redis.call('PEXPIRETIME', KEYS[3]) < now + ARGV[8] then redis.call('PEXPIREAT', KEYS[3], now + ARGV[8]) end
          return {5}
        end

        """ + StreamScripts.StopBody;
}
