using System.Globalization;
using System.Text;
using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Does random operations, one after the other, on a store and on a model of the contract, and compares the results.</summary>
internal sealed partial class RandomOperations
{
    private const string Owner = "o1";

    private readonly StoreTest _test;
    private readonly Random _random;
    private readonly int _seed;
    private readonly int _maxAdvances;
    private readonly List<string> _trace = [];
    private readonly Dictionary<string, ModelConversation> _conversations = new(StringComparer.Ordinal) { ["c1"] = new(), ["c2"] = new() };
    private readonly List<ModelStream> _streams = [];
    private readonly List<(string Conversation, string Digest, bool StartsAnew, string Epoch)> _begun = [];
    private int _epochs;
    private int _now;

    private RandomOperations(StoreTest test, int seed)
    {
        _test = test;
        _seed = seed;
        _random = new Random(seed);
        ChatStreamStoreOptions options = test.Options;
        // Nothing may expire: when exactly, would depend on the clock.
        TimeSpan shortest = new[] { options.RunningRetention, options.EndedRetention, options.StopRetention }.Min();
        _maxAdvances = (int)(shortest / options.LeaseDuration / 1.1);
    }

    public static IEnumerable<ChatStreamStoreCase> All =>
        from seed in Enumerable.Range(1, 8)
        select Case(
            $"Random operations have the results that the contract says (seed {seed})",
            "M3, M9, M16, M18, M21",
            test => RunAsync(test, seed, 250));

    /// <summary>Does a number of operations.</summary>
    /// <exception cref="ChatStreamStoreViolationException">A result differs. The message has the operations that led to it.</exception>
    public static async Task RunAsync(StoreTest test, int seed, int count)
    {
        var run = new RandomOperations(test, seed);
        try
        {
            for (int i = 0; i < count; i++) await run.DoAsync().ConfigureAwait(false);
            foreach (ModelStream stream in run._streams) await run.CheckAsync(stream).ConfigureAwait(false);
        }
        catch (ChatStreamStoreViolationException violation)
        {
            throw new ChatStreamStoreViolationException(
                $"{violation.Message} Seed {seed}; the operations:\n{string.Join('\n', run._trace)}");
        }
    }

    private async Task DoAsync()
    {
        int operation = _random.Next(100);
        if (_streams.Count == 0 || operation < 12) await BeginAsync().ConfigureAwait(false);
        else if (operation < 40) await WriteAsync(verdict: null).ConfigureAwait(false);
        else if (operation < 46) await WriteAsync((ChatStreamVerdict)_random.Next(3)).ConfigureAwait(false);
        else if (operation < 54) await HoldAsync().ConfigureAwait(false);
        else if (operation < 58) await RestartAsync().ConfigureAwait(false);
        else if (operation < 70) await TakeOverAsync().ConfigureAwait(false);
        else if (operation < 76) await StopAsync().ConfigureAwait(false);
        else if (operation < 79) await FindAsync().ConfigureAwait(false);
        else if (operation < 82) await AbandonedAsync().ConfigureAwait(false);
        else if (operation < 85) await LoseAsync().ConfigureAwait(false);
        else if (operation < 87) await AdvanceAsync().ConfigureAwait(false);
        else await ReadAsync().ConfigureAwait(false);
    }

    private async Task AdvanceAsync()
    {
        if (_now >= _maxAdvances) return;
        _trace.Add("the leases expire");
        _now++;
        await _test.ExpireLeaseAsync().ConfigureAwait(false);
    }

    private async Task LoseAsync()
    {
        ModelStream stream = AnyStream();
        if (stream.Last == 0 || !stream.IsRunning) return;
        int count = _random.Next(1, Math.Min(3, stream.Last) + 1);
        if (!await _test.LoseRecordsAsync(stream.Id, count).ConfigureAwait(false)) return;
        _trace.Add($"{Name(stream)}: {count} records are lost");
        stream.Lose(count);
    }

    private async Task FindAsync()
    {
        string name = AnyConversation();
        ModelConversation conversation = _conversations[name];
        if (_random.Next(2) == 0 && conversation.Latest is { } latest)
        {
            bool isForgotten = await Node().ForgetAsync(latest.Id).ConfigureAwait(false);
            _trace.Add($"{Name(latest)}: forget: {isForgotten}");
            ExpectEqual(!latest.IsRunning, isForgotten);
            conversation.IsForgotten |= isForgotten;
        }

        ChatStreamStatus? found = await Node().FindAsync(Owner, name).ConfigureAwait(false);
        _trace.Add($"find {name}");
        ExpectEqual(conversation.IsForgotten ? null : conversation.Latest?.Id, found?.StreamId);
        if (found is not null) ExpectStatus(conversation.Latest!, found);
    }

    private async Task AbandonedAsync()
    {
        IReadOnlyList<ChatStreamStatus> found = await Node().FindAbandonedAsync(1000).ConfigureAwait(false);
        _trace.Add("find abandoned streams");
        IEnumerable<string> expected = _streams.Where(stream => stream.IsLeaseExpired(_now)).Select(stream => stream.Id);
        Expect(
            expected.ToHashSet(StringComparer.Ordinal).SetEquals(found.Select(status => status.StreamId)),
            $"Expected the streams {string.Join(", ", expected)}, but there are "
            + $"{string.Join(", ", found.Select(status => status.StreamId))}.");
        foreach (ChatStreamStatus status in found) ExpectStatus(_streams.Single(stream => stream.Id == status.StreamId), status);
    }

    /// <summary>Reads a page from some position.</summary>
    private async Task ReadAsync()
    {
        ModelStream stream = AnyStream();
        string epoch = _random.Next(8) switch
        {
            0 => "",
            1 => "otherepoch",
            _ => stream.Epochs[_random.Next(stream.Epochs.Count)].Epoch,
        };
        int sequence = _random.Next(-1, stream.Last + 3), maxBytes = new[] { 1, 20, 1000 }[_random.Next(3)];
        var after = new ChatStreamPosition(epoch, sequence);
        ChatStreamPage page = await Node().ReadAsync(stream.Id, after, maxBytes).ConfigureAwait(false);
        _trace.Add($"{Name(stream)}: read {maxBytes} bytes after {after}");
        ExpectEqual(stream.Has(epoch, sequence) ? null : (ChatStreamGap?)ChatStreamGap.PositionLost, page.Gap);
        if (page.Gap is not null) return;
        ExpectPage(stream, page, sequence);
        Expect(page.Records.SkipLast(1).Sum(record => record.Data.Length) < maxBytes, "The page is bounded.");
    }

    /// <summary>Reads a whole stream.</summary>
    private async Task CheckAsync(ModelStream stream)
    {
        ExpectStatus(stream, await _test.StatusAsync(stream.Id).ConfigureAwait(false));
        int sequence = 0;
        while (true)
        {
            ChatStreamPage page = await Node().ReadAsync(stream.Id, new ChatStreamPosition("", sequence), 100).ConfigureAwait(false);
            ExpectEqual(null, page.Gap);
            ExpectPage(stream, page, sequence);
            sequence += page.Records.Count;
            if (page.Records.Count == 0) break;
        }

        ExpectEqual(stream.Last, sequence);
    }

    private void ExpectPage(ModelStream stream, ChatStreamPage page, int after)
    {
        ExpectEqual(stream.Last, page.LastSequence);
        ExpectEqual(stream.Epoch, page.Epoch);
        ExpectEqual(stream.IsLeaseExpired(_now), page.IsLeaseExpired);
        Expect(page.Records.Count > 0 || after == stream.Last, "A page has a record if there is any.");
        for (int i = 0; i < page.Records.Count; i++)
        {
            (string epoch, string text) = stream.Records[after + i];
            ExpectEqual(new ChatStreamPosition(epoch, after + i + 1), page.Records[i].Position);
            ExpectEqual(text, TextOf(page.Records[i]));
        }

        bool hasEnd = after + page.Records.Count == stream.Last && !stream.IsRunning;
        ExpectEqual(hasEnd ? stream.Verdict : null, page.End?.Verdict);
        if (hasEnd) ExpectEqual(stream.EndText, Encoding.UTF8.GetString(page.End!.Data.Span));
    }

    private void ExpectStatus(ModelStream stream, ChatStreamStatus status)
    {
        ExpectEqual(stream.Id, status.StreamId);
        ExpectEqual((Owner, stream.Conversation, stream.Digest), (status.Owner, status.Conversation, status.Digest));
        ExpectEqual(stream.Epoch, status.Epoch);
        ExpectEqual(stream.Last, status.LastSequence);
        ExpectEqual(stream.Takeovers, status.TakeoverCount);
        ExpectEqual(stream.IsLeaseExpired(_now), status.IsLeaseExpired);
        ExpectEqual(stream.IsStopRequested, status.IsStopRequested);
        ExpectEqual(stream.Verdict, status.Verdict);
    }

    private IChatStreamStore Node() => _random.Next(2) == 0 ? _test.Store : _test.OtherNode;

    private ModelStream AnyStream() => _streams[Math.Max(_random.Next(_streams.Count), _random.Next(_streams.Count))];

    private string AnyConversation() => _random.Next(2) == 0 ? "c1" : "c2";

    private string AnyDigest() => $"d{_random.Next(1, 4)}";

    private string NextEpoch() => string.Create(CultureInfo.InvariantCulture, $"seed{_seed}epoch{++_epochs}");

    private string Name(ModelStream stream) => string.Create(CultureInfo.InvariantCulture, $"stream {_streams.IndexOf(stream)}");

    /// <summary>The state of a conversation.</summary>
    private sealed class ModelConversation
    {
        public ModelStream? Latest { get; set; }

        public bool IsForgotten { get; set; }

        public Dictionary<string, ModelStream> ByDigest { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Stops { get; } = new(StringComparer.Ordinal);
    }
}
