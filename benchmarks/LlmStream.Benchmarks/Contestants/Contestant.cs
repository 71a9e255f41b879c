using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>One way to read a stream from memory.</summary>
internal abstract class Contestant
{
    public abstract string Name { get; }

    public abstract bool Reads(KnownStream stream);

    /// <summary>Reads the stream once, and fails if what was read is not as long as it should be.</summary>
    /// <exception cref="WrongReadingException">Something else was read than what the stream says.</exception>
    public async Task ReadAsync(KnownStream stream)
    {
        var tally = new Tally();
        await ReadAsync(stream, tally);
        if (!IsRight(stream, tally, static text => text.Length)) throw new WrongReadingException(this, stream, tally);
    }

    /// <summary>Reads the stream once, and fails if what was read is not, to the letter, what the stream says.</summary>
    /// <exception cref="WrongReadingException">Something else was read than what the stream says.</exception>
    public async Task GuardAsync(KnownStream stream)
    {
        var tally = new Tally(takeFingerprint: true);
        try
        {
            await ReadAsync(stream, tally);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new WrongReadingException(this, stream, e);
        }

        if (!IsRight(stream, tally, static text => text)) throw new WrongReadingException(this, stream, tally);
    }

    protected abstract Task ReadAsync(KnownStream stream, Stream body, Tally tally);

    protected virtual bool IsRight<T>(KnownStream stream, Tally tally, Func<Fingerprint, T> what) =>
        Same(what(stream.Text), what(tally.Text)) && Same(what(stream.Reasoning), what(tally.Reasoning));

    protected static bool Same<T>(T one, T other) => EqualityComparer<T>.Default.Equals(one, other);

    private async Task ReadAsync(KnownStream stream, Tally tally)
    {
        await using Stream body = stream.Open();
        await ReadAsync(stream, body, tally);
    }
}
