using System.Text;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Inspection;

namespace LlmStream.Tests.Dialects;

/// <summary>Feeds a decoder with events, without a stream.</summary>
internal sealed class EventFeed
{
    public EventFeed(ChatDialect dialect, bool isObserved = false, ChatReadOptions? options = null)
    {
        Statistics = new DecodingStatistics();
        Decoder = dialect.CreateDecoder(options ?? new ChatReadOptions { UseFastPath = false }, isObserved ? Statistics : null);
    }

    public ChatDecoder Decoder { get; }

    /// <summary>What the decoder reported, if it is observed.</summary>
    public DecodingStatistics Statistics { get; }

    public ChatStreamResult Result => Decoder.Answer.ToResult(Decoder.IsComplete);

    /// <summary>Sends the data of one event.</summary>
    /// <returns>The deltas of it.</returns>
    public List<ChatDelta> Send(string data, string eventType = Frame.DefaultEventType, FrameKind kind = FrameKind.Event, bool isUnterminated = false)
    {
        Decoder.Handle(new Frame(kind, eventType, Encoding.UTF8.GetBytes(data), isUnterminated));
        return Take();
    }

    /// <summary>Sends several events.</summary>
    public EventFeed SendAll(params string[] events)
    {
        foreach (string data in events) Send(data);
        return this;
    }

    /// <summary>Ends the stream.</summary>
    public List<ChatDelta> End()
    {
        Decoder.EndStream();
        return Take();
    }

    private List<ChatDelta> Take()
    {
        List<ChatDelta> deltas = [];
        while (Decoder.Answer.TryTake(out ChatDelta? delta)) deltas.Add(delta);
        return deltas;
    }
}
