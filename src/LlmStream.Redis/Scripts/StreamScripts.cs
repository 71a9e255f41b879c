namespace LlmStream.Redis.Scripts;

/// <summary>
/// The scripts that change or read one stream. Each is one atomic step. Their keys are on one node of a cluster, and they take the time
/// from the server.
/// </summary>
/// <remarks>
/// Keys: 1 the stream, 2 its records, 3 its conversation. Scripts that must be accepted although the server has no memory left are
/// allowed to run then; they add only a few bytes.
/// </remarks>
internal static class StreamScripts
{
    /// <summary>ARGV 1 epoch, 2 lease, 3 running retention, 4 ended retention, 5 channel, 6 maximum bytes, 7 first sequence, 8 verdict or
    /// empty, 9 end, 10 the maximum size of records in a message, then the records.</summary>
    public const string Append = "#!lua\n" + AppendBody;

    /// <summary>The same without records.</summary>
    public const string End = AllowOutOfMemory + AppendBody;

    /// <summary>As for <see cref="Append"/>, up to the channel.</summary>
    public const string Renew = AllowOutOfMemory + Time + Head + """
        if refused() then return refused() end
        renew()
        return result(0)
        """;

    /// <summary>As for <see cref="Renew"/>.</summary>
    public const string Release = AllowOutOfMemory + Time + Head + """
        if refused() then return refused() end
        redis.call('HSET', KEYS[1], 'lease', now, 'released', now)
        return result(0)
        """;

    /// <summary>As for <see cref="Renew"/>, then 6 the request.</summary>
    public const string SetRequest = "#!lua\n" + Time + Head + """
        if refused() then return refused() end
        redis.call('HSET', KEYS[1], 'request', ARGV[6])
        return result(0)
        """;

    /// <summary>As for <see cref="Renew"/>, then 6 the new epoch.</summary>
    public const string RestartEpoch = AllowOutOfMemory + Time + Head + """
        if not verdict and ARGV[6] == epoch then return result(0) end
        if refused() then return refused() end
        begin(ARGV[6])
        return result(0)
        """;

    /// <summary>
    /// As for <see cref="Renew"/>, the epoch being the one that was seen; then 6 the new epoch, 7 the maximum of takeovers.
    /// </summary>
    /// <returns>
    /// 0 taken, 1 epoch changed, 2 ended, 3 not found, 4 lease held, 5 cancelled; then, if taken: may continue, last, request.
    /// </returns>
    public const string TakeOver = AllowOutOfMemory + Time + Head + """
        if verdict then return {2} end
        local more = redis.call('HMGET', KEYS[1], 'lease', 'takeovers', 'continues', 'request', 'released')
        if ARGV[6] == epoch then return {0, tonumber(more[3] or 1), last, more[4] or ''} end
        if ARGV[1] ~= epoch then return {1} end
        if now < tonumber(more[1]) then return {4} end
        if stopped then
          finish('2', '')
          return {5}
        end
        local continues = tonumber(more[3] or 1)
        if more[5] ~= more[1] then
          local takeovers = tonumber(more[2])
          continues = takeovers < tonumber(ARGV[7]) and 1 or 0
          redis.call('HSET', KEYS[1], 'takeovers', takeovers + continues, 'continues', continues)
        end
        begin(ARGV[6])
        publish_stop()
        return {0, continues, last, more[4] or ''}
        """;

    /// <summary>As for <see cref="Renew"/>; an empty epoch is not checked.</summary>
    /// <returns>0 requested, 1 cancelled, 2 ended, 3 not found, 4 epoch changed.</returns>
    public const string Stop = AllowOutOfMemory + Time + StopBody;

    /// <summary>What stops a stream. Needs the time.</summary>
    public const string StopBody = Head + """
        if verdict then return {2} end
        if ARGV[1] ~= '' and ARGV[1] ~= epoch then return {4} end
        return {stop()}
        """;

    /// <summary>ARGV 1 the stream.</summary>
    public const string Forget = AllowOutOfMemory + """
        if not redis.call('HGET', KEYS[1], 'verdict') then return 0 end
        if redis.call('HGET', KEYS[3], 'latest') == ARGV[1] then redis.call('HSET', KEYS[3], 'forgotten', 1) end
        return 1
        """;

    public const string Touch = AllowOutOfMemory + Time + """
        if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'reader', now) end
        """;

    public const string Status = ReadOnly + Time + """
        local h = redis.call('HMGET', KEYS[1], 'owner', 'conversation', 'digest', 'metadata', 'epoch', 'last', 'takeovers', 'stopped',
          'verdict', 'lease', 'begun')
        if not h[1] then return false end
        h[10] = (not h[9] and now >= tonumber(h[10])) and 1 or 0
        return h
        """;

    /// <summary>How long the lease is still held.</summary>
    /// <returns>Milliseconds; 0 if it has expired, -1 if the stream has ended or is unknown.</returns>
    public const string Lease = ReadOnly + Time + """
        local h = redis.call('HMGET', KEYS[1], 'verdict', 'lease')
        if h[1] or not h[2] then return -1 end
        return math.max(0, h[2] - now)
        """;

    /// <summary>ARGV 1 the sequence number after which to read, 2 its epoch or empty, 3 the size of the page.</summary>
    /// <returns>
    /// 1 not found, 2 position lost; or 0, last, whether the lease has expired, the epochs, the verdict or empty, the end, then the
    /// records.
    /// </returns>
    public const string Read = ReadOnly + Time + """
        local h = redis.call('HMGET', KEYS[1], 'epochs', 'last', 'bytes', 'lease', 'verdict', 'end')
        if not h[1] then return {1} end
        local last, verdict = tonumber(h[2]), h[5]
        local after, epoch, size = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
        if after < 0 or after > last then return {2} end
        if epoch ~= '' then
          local found, limit
          for id, first in string.gmatch(h[1], '(%w+):(%d+)') do
            if found then
              limit = tonumber(first)
              break
            end
            if id == epoch then found = tonumber(first) end
          end
          if not found or after < found - 1 or (limit and after >= limit) then return {2} end
        end
        local page = {0, last, (not verdict and now >= tonumber(h[4])) and 1 or 0, h[1], '', ''}
        local bytes, next = 0, after + 1
        local batch = math.max(1, math.min(256, math.ceil(size / math.max(1, h[3] / math.max(1, last))) + 1))
        while next <= last and bytes < size do
          local records = redis.call('XRANGE', KEYS[2], string.format('%.0f-0', next), '+', 'COUNT', batch)
          if #records == 0 then return {2} end
          for _, record in ipairs(records) do
            if record[1] ~= string.format('%.0f-0', next) then return {2} end
            if bytes >= size then break end
            local data = record[2][2]
            page[#page + 1] = data
            bytes = bytes + #data
            next = next + 1
          end
        end
        if next > last and verdict then
          page[5] = verdict
          page[6] = h[6]
        end
        return page
        """;

    /// <summary>The current time in milliseconds.</summary>
    public const string Time = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)

        """;

    public const string AllowOutOfMemory = "#!lua flags=allow-oom\n";
    public const string ReadOnly = "#!lua flags=no-writes\n";

    /// <summary>What operations have in common that write to a stream.</summary>
    private const string Head = """
        local h = redis.call('HMGET', KEYS[1], 'epoch', 'first', 'last', 'bytes', 'stopped', 'reader', 'verdict', 'indexed', 'epochs')
        if not h[1] then return {3} end
        local epoch, first, last, bytes = h[1], tonumber(h[2]), tonumber(h[3]), tonumber(h[4])
        local stopped, reader, verdict, indexed = h[5], tonumber(h[6]), h[7], tonumber(h[8])
        local reindex = 0

        local function result(code)
          return {code, last, stopped and 1 or 0, verdict or '', math.max(0, now - reader), reindex}
        end

        local function refused()
          if ARGV[1] ~= epoch then return result(1) end
          if verdict then return result(2) end
        end

        local function publish(message)
          redis.call('PUBLISH', ARGV[5], message)
        end

        local function publish_stop()
          redis.call('PUBLISH', ARGV[5] .. ':stop', 's')
        end

        local function keep(time)
          redis.call('PEXPIREAT', KEYS[1], now + time)
          redis.call('PEXPIREAT', KEYS[2], now + time)
          redis.call('PEXPIREAT', KEYS[3], now + time, 'GT')
        end

        local function renew()
          redis.call('HSET', KEYS[1], 'lease', now + ARGV[2])
          keep(ARGV[3])
          if now - indexed >= ARGV[2] / 2 then
            redis.call('HSET', KEYS[1], 'indexed', now)
            reindex = 1
          end
        end

        local function begin(new_epoch)
          local epochs = h[9] .. ' ' .. new_epoch .. ':' .. string.format('%.0f', last + 1)
          redis.call('HSET', KEYS[1], 'epoch', new_epoch, 'first', last + 1, 'epochs', epochs)
          renew()
          publish('e')
        end

        local function finish(new_verdict, data)
          if stopped and new_verdict == '0' then new_verdict = '2' end
          verdict = new_verdict
          redis.call('HSET', KEYS[1], 'verdict', verdict, 'end', data)
          redis.call('HDEL', KEYS[1], 'request')
          keep(ARGV[4])
          publish('e')
        end

        local function stop()
          redis.call('HSET', KEYS[1], 'stopped', 1)
          stopped = 1
          if now >= tonumber(redis.call('HGET', KEYS[1], 'lease')) then
            finish('2', '')
            publish_stop()
            return 1
          end
          publish_stop()
          return 0
        end

        """;

    private const string AppendBody = Time + Head + """
        local from, head = tonumber(ARGV[7]), 10
        local count = #ARGV - head
        local is_repeated_end = ARGV[8] ~= '' and verdict and ARGV[1] == epoch and from >= first and from + count - 1 == last
        if is_repeated_end then return result(0) end
        if refused() then return refused() end
        if from < first then return result(1) end
        if from > last + 1 then return result(4) end

        local skipped = math.min(last + 1 - from, count)
        local added = 0
        for i = skipped + 1, count do added = added + #ARGV[head + i] end
        if added > 0 and bytes + added > tonumber(ARGV[6]) then return result(5) end
        for i = skipped + 1, count do
          redis.call('XADD', KEYS[2], string.format('%.0f-0', from + i - 1), 'd', ARGV[head + i])
        end
        if skipped < count then
          last = from + count - 1
          redis.call('HSET', KEYS[1], 'last', last, 'bytes', bytes + added)
        end
        renew()
        if ARGV[8] ~= '' then
          finish(ARGV[8], ARGV[9])
        elseif skipped < count then
          local message = 'r'
          if added <= tonumber(ARGV[10]) then
            local lengths, data = {}, {}
            for i = skipped + 1, count do
              data[#data + 1] = ARGV[head + i]
              lengths[#lengths + 1] = #ARGV[head + i]
            end
            message = 'r' .. epoch .. ' ' .. string.format('%.0f', from + skipped) .. ' ' .. table.concat(lengths, ',') .. '\n'
              .. table.concat(data)
          end
          publish(message)
        end
        return result(0)
        """;
}
