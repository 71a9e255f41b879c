using System.Globalization;

namespace LlmStream.Cli.Inspect;

/// <summary>Shows how much of a file was read, on a terminal, if it takes long: on one line, which is overwritten.</summary>
/// <param name="error">Standard error.</param>
/// <param name="time">The clock.</param>
/// <param name="isEnabled">Whether it is a terminal.</param>
internal sealed class InspectionProgress(TextWriter error, TimeProvider time, bool isEnabled)
{
    /// <summary>The time between two updates, and before the first.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private const string Erase = "\r\u001B[K"; // ECMA-48: to the end of the line
    private long _last = time.GetTimestamp();
    private bool _isShown;

    /// <summary>Watches what is read of a file.</summary>
    public Stream Watch(string path, Stream file) => isEnabled ? new WatchedStream(this, path, file) : file;

    /// <summary>Erases the line, so that something else can be written.</summary>
    public void Clear()
    {
        if (!_isShown) return;
        error.Write(Erase);
        error.Flush();
        _isShown = false;
    }

    private void Report(string path, long read, long length)
    {
        if (time.GetElapsedTime(_last) < Interval) return;
        _last = time.GetTimestamp();
        string percentage = length > 0 ? $" ({100 * read / length} %)" : "";
        string amount = (read / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
        error.Write($"{Erase}{TerminalText.EscapeLine(Path.GetFileName(path))}: {amount} MB{percentage}");
        error.Flush();
        _isShown = true;
    }

    /// <summary>Passes reads on, and reports them.</summary>
    private sealed class WatchedStream(InspectionProgress progress, string path, Stream inner) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Add(count);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = inner.Read(buffer, offset, count);
            Add(read);
            return read;
        }

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            GC.SuppressFinalize(this);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private void Add(int count)
        {
            _read += count;
            progress.Report(path, _read, inner.CanSeek ? inner.Length : 0);
        }
    }
}
