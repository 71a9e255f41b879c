using System.IO.Pipelines;
using System.Net;
using System.Text;
using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>A provider in OpenAI's format that sends some events of a scripted answer, and then the rest when it is told to.</summary>
internal sealed class HoldingHandler(string answer, int count) : HttpMessageHandler
{
    private readonly Pipe _body = new();

    /// <summary>Completes when the client has closed the connection.</summary>
    public Task Closed => _closed.Task;

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task SendRestAsync()
    {
        await _body.Writer.WriteAsync(Encode(ScriptedAnswers.Events(answer).Skip(count)));
        await _body.Writer.CompleteAsync();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await _body.Writer.WriteAsync(Encode(ScriptedAnswers.Events(answer).Take(count)), cancellationToken);
        var content = new StreamContent(new Watched(_body.Reader.AsStream(), _closed));
        content.Headers.ContentType = new("text/event-stream");
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private static byte[] Encode(IEnumerable<string> events) => Encoding.UTF8.GetBytes(ScriptedAnswers.Body(events));

    private sealed class Watched(Stream inner, TaskCompletionSource closed) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
