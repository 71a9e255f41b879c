using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>A way to read a stream from memory.</summary>
internal abstract class Reader
{
    public abstract string Name { get; }

    public abstract bool CanRead(SampleStream stream);

    /// <summary>Reads the stream, and verifies the length of what was read.</summary>
    /// <exception cref="IncorrectReadException">The length is not that of the stream.</exception>
    public async Task ReadAsync(SampleStream stream)
    {
        var totals = new ReadTotals();
        await ReadAsync(stream, totals);
        if (!IsCorrect(stream, totals, static text => text.Length)) throw new IncorrectReadException(this, stream, totals);
    }

    /// <summary>Reads the stream, and verifies the content of what was read.</summary>
    /// <exception cref="IncorrectReadException">The content is not that of the stream.</exception>
    public async Task VerifyAsync(SampleStream stream)
    {
        var totals = new ReadTotals(hashText: true);
        try
        {
            await ReadAsync(stream, totals);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new IncorrectReadException(this, stream, e);
        }

        if (!IsCorrect(stream, totals, static text => text)) throw new IncorrectReadException(this, stream, totals);
    }

    protected abstract Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals);

    protected virtual bool IsCorrect<T>(SampleStream stream, ReadTotals totals, Func<TextHash, T> select) =>
        AreEqual(select(stream.Text), select(totals.Text))
        && AreEqual(select(stream.Reasoning), select(totals.Reasoning))
        && HasArguments(stream, totals, select);

    protected static bool HasArguments<T>(SampleStream stream, ReadTotals totals, Func<TextHash, T> select) =>
        stream.Arguments is not { } arguments || AreEqual(select(arguments), select(totals.Arguments));

    protected static bool AreEqual<T>(T left, T right) => EqualityComparer<T>.Default.Equals(left, right);

    private async Task ReadAsync(SampleStream stream, ReadTotals totals)
    {
        await using Stream body = stream.Open();
        await ReadAsync(stream, body, totals);
    }
}
