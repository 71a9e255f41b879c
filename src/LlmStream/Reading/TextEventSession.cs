using System.Text;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>Reads a stream of events whose data is text, exactly as the HTML Standard says.</summary>
internal sealed class TextEventSession(GuardedStream stream, SseReaderOptions options) : EventSession<string>(stream)
{
    public override void Handle(in Frame frame)
    {
        // "Once the end of the file is reached, any pending data must be discarded." (9.2.6)
        if (!frame.IsUnterminated) Add(Encoding.UTF8.GetString(frame.Data), frame.EventType);
    }

    protected override ValueTask<FrameReader> OpenAsync(CancellationToken cancellationToken) =>
        new(new SseFrameReader(Stream, options.MaxEventBytes, this, observer: this, isStrict: true));
}
