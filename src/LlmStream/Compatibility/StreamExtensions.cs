using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlmStream.Framing;

namespace LlmStream.Compatibility;

/// <summary>The members of <see cref="Stream"/> that .NET Standard 2.0 lacks.</summary>
internal static class StreamExtensions
{
    // The method that later frameworks have, for programs that run there with this build.
    private static readonly Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>>? ReadIntoMemory =
        typeof(Stream).GetMethod(nameof(Stream.ReadAsync), [typeof(Memory<byte>), typeof(CancellationToken)]) is { } method
            ? (Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>>)method.CreateDelegate(
                typeof(Func<Stream, Memory<byte>, CancellationToken, ValueTask<int>>))
            : null;

    extension(Stream stream)
    {
        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            stream is ReadOnlyStream own ? own.ReadAsync(buffer, cancellationToken)
            : ReadIntoMemory is not null ? ReadIntoMemory(stream, buffer, cancellationToken)
            : ReadIntoArrayAsync(stream, buffer, cancellationToken);

        public async ValueTask<int> ReadAtLeastAsync(
            Memory<byte> buffer, int minimumBytes, bool throwOnEndOfStream = true, CancellationToken cancellationToken = default)
        {
            int length = 0;
            while (length < minimumBytes)
            {
                int count = await stream.ReadAsync(buffer[length..], cancellationToken).ConfigureAwait(false);
                if (count == 0 && throwOnEndOfStream) throw new EndOfStreamException();
                if (count == 0) break;
                length += count;
            }

            return length;
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            ArraySegment<byte> segment = MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> own) ? own : new(bytes.ToArray());
            await stream.WriteAsync(segment.Array!, segment.Offset, segment.Count, cancellationToken).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync()
        {
            if (stream is IAsyncDisposable disposable) return disposable.DisposeAsync();
            stream.Dispose();
            return default;
        }

        public ConfiguredAsyncDisposable ConfigureAwait(bool continueOnCapturedContext) =>
            new Disposer(stream).ConfigureAwait(continueOnCapturedContext);
    }

    /// <summary>Reads as .NET Framework can: it looks at the token only before the read begins.</summary>
    private static async ValueTask<int> ReadIntoArrayAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled && MemoryMarshal.TryGetArray(buffer, out ArraySegment<byte> segment))
            return await stream.ReadAsync(segment.Array!, segment.Offset, segment.Count, cancellationToken).ConfigureAwait(false);

        // A read that is abandoned may still write to its buffer.
        byte[] bytes = new byte[buffer.Length];
        Task<int> read = stream.ReadAsync(bytes, 0, bytes.Length, cancellationToken);
        if (!read.IsCompleted) await WaitAsync(read, cancellationToken).ConfigureAwait(false);
        int count = await read.ConfigureAwait(false);
        bytes.AsSpan(0, count).CopyTo(buffer.Span);
        return count;
    }

    /// <summary>Waits for a read that cannot be cancelled. If it is abandoned, the owner closes the stream.</summary>
    private static async Task WaitAsync(Task<int> read, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(static state => ((TaskCompletionSource<bool>)state).TrySetResult(true), cancelled))
        {
            if (await Task.WhenAny(read, cancelled.Task).ConfigureAwait(false) == read) return;
        }

        _ = read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // its exception is of no interest
        throw new OperationCanceledException(cancellationToken);
    }

    private sealed class Disposer(Stream stream) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
