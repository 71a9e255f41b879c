using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>A reader did not read the content of the stream, so its time means nothing.</summary>
internal sealed class IncorrectReadException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    public IncorrectReadException(Reader reader, SampleStream stream, ReadTotals totals)
        : this($"{reader.Name} read text {totals.Text}, reasoning {totals.Reasoning}, arguments {totals.Arguments} and "
            + $"{totals.Payload} bytes of data from “{stream.Name}”, which contains text {stream.Text}, reasoning {stream.Reasoning}, "
            + $"arguments {stream.Arguments} and {stream.Payload} bytes of data.")
    {
    }

    public IncorrectReadException(Reader reader, SampleStream stream, Exception innerException)
        : this($"{reader.Name} cannot read “{stream.Name}”: {innerException.Message}", innerException)
    {
    }
}
