using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>
/// Clients that stop reading: as when the buffers of their connections are full, what the server writes to them does not complete. Scripted
/// answers are too short to fill the buffers.
/// </summary>
internal sealed class SlowReaders
{
    /// <summary>The header with the name of the gate through which a response is written.</summary>
    public const string Header = "X-Gate";

    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    public Gate this[string name] => _gates.GetOrAdd(name, _ => new Gate());

    public void Use(WebApplication app) => app.Use((http, next) =>
    {
        if (http.Request.Headers[Header].ToString() is { Length: > 0 } name)
            http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new GatedStream(http.Response.Body, this[name])));
        return next(http);
    });

    /// <summary>Lets writes pass, or not.</summary>
    internal sealed class Gate
    {
        private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Gate() => _open.SetResult();

        /// <summary>Ends when the server waits for the client.</summary>
        public Task Blocked => _blocked.Task;

        public void Close() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _open.TrySetResult();

        public Task PassAsync(CancellationToken cancellationToken)
        {
            if (!_open.Task.IsCompleted) _blocked.TrySetResult();
            return _open.Task.WaitAsync(cancellationToken);
        }
    }

    private sealed class GatedStream(Stream inner, Gate gate) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await gate.PassAsync(cancellationToken);
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await gate.PassAsync(cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
