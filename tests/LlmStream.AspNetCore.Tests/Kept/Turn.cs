using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>One turn of a conversation, which a client of the first node begins and reads event by event.</summary>
internal sealed class Turn : IAsyncDisposable
{
    private readonly IReadOnlyList<ChatDelta> _deltas;
    private SteppedReader? _reader;

    public Turn(TwoNodes nodes, string wire, IReadOnlyList<ChatDelta> deltas, IReadOnlyList<int> counts)
    {
        Nodes = nodes;
        Wire = wire;
        _deltas = deltas;
        Counts = counts;
        Chat = nodes.NewConversation();
        Answer = nodes.Prepare(Chat, deltas);
    }

    public TwoNodes Nodes { get; }

    public string Wire { get; }

    /// <summary>A wire that the second reader chooses.</summary>
    public string OtherWire => KeptRequests.Wires[(KeptRequests.Wires.AsSpan().IndexOf(Wire) + 1) % KeptRequests.Wires.Length];

    public string Chat { get; }

    /// <summary>How many answers the conversation was to get.</summary>
    public int AnswerCount { get; private set; } = 1;

    public IReadOnlyList<int> Counts { get; }

    public SteppedAnswer Answer { get; }

    public SteppedReader Reader => _reader!;

    public bool ReplaysFromStart => KeptRequests.Wire(Wire).ReplaysFromStart;

    /// <summary>Begins the turn at the first node, and reads some events.</summary>
    public async Task BeginAsync(int count, bool isSlow = false)
    {
        _reader = new SteppedReader(Nodes.First.AskAsync(Wire, "hi", Chat, "1", isSlow: isSlow), Answer, Counts);
        await _reader.ReadAsync(count);
    }

    /// <summary>Sends the same request again, to the second node.</summary>
    public Task<List<SentEvent>> RepeatAsync() => ReadAsync(Nodes.Second.AskAsync(Wire, "hi", Chat, "1"));

    /// <summary>Another answer of the conversation, whole, from the second node.</summary>
    public Task<HttpResponseMessage> AskAsync(string text, string key, bool isRegeneration = false)
    {
        AnswerCount++;
        Nodes.Prepare(Chat, _deltas).PermitAll();
        return Nodes.Second.AskAsync(Wire, text, Chat, key, isRegeneration);
    }

    /// <summary>Reads the stream at the second node.</summary>
    /// <param name="id">An id of the stream; null for the conversation.</param>
    /// <param name="wire">Another wire.</param>
    /// <param name="after">The id of the last event that the client has.</param>
    public Task<HttpResponseMessage> GetAsync(string? id = null, string? wire = null, string? after = null) =>
        Nodes.Second.GetAsync($"/api/chat/{id ?? Chat}/stream{(wire is null ? "" : $"?wire={wire}")}", after);

    /// <summary>Reads a response to its end.</summary>
    public static async Task<List<SentEvent>> ReadAsync(Task<HttpResponseMessage> sending)
    {
        using HttpResponseMessage response = await sending.WaitAsync(SteppedReader.Bound);
        return await response.ReadEventsAsync().WaitAsync(SteppedReader.Bound);
    }

    /// <summary>Checks that a reader has the whole answer, once.</summary>
    public void AssertWhole(List<SentEvent> events, string? wire = null)
    {
        Assert.Equal(Expected(wire ?? Wire, _deltas.Count, encoder => encoder.Complete()), WireText.Of(events));
        Assert.Equal(WireEnd.Complete, events.EndOf(wire ?? Wire));
    }

    /// <summary>Checks that a reader has all that there was of an answer that was cancelled, once.</summary>
    public void AssertCanceled(List<SentEvent> events, string? wire = null)
    {
        Assert.Equal(Expected(wire ?? Wire, Reader.Deltas, encoder => encoder.Cancel()), WireText.Of(events));
        Assert.Equal(WireEnd.Canceled, events.EndOf(wire ?? Wire));
    }

    /// <summary>Checks that a reader has all that it had, and an error.</summary>
    public void AssertFailed(List<SentEvent> events)
    {
        List<string> expected = Expected(Wire, Reader.Deltas, encoder => encoder.Cancel());
        Assert.Equal(WireText.Pieces(expected), WireText.Pieces(WireText.Of(events)));
        Assert.Equal(WireEnd.Error, events.EndOf(Wire));
        Assert.Null(events[^1].Id); // it is no end of the stream
    }

    public async ValueTask DisposeAsync()
    {
        if (_reader is not null) await _reader.DisposeAsync();
    }

    /// <summary>The events of some of the deltas, without a server.</summary>
    private List<string> Expected(string wire, int count, Action<WireEncoder> end)
    {
        // Whether the usage is sent is decided by the request that began the stream.
        WireContext context = Encoded.Context with { IncludeUsage = Wire == "openai" };
        string text = Encoded.Text(KeptRequests.Wire(wire), end, _deltas.Take(count), context);
        return WireText.Of(Encoded.Data(text).Select(data => new SentEvent(data, null)));
    }
}
