using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>A contestant did not read what the stream says. Its time would mean nothing.</summary>
internal sealed class WrongReadingException(string message, Exception? cause = null) : Exception(message, cause)
{
    public WrongReadingException(Contestant contestant, KnownStream stream, Tally tally)
        : this($"{contestant.Name} read {tally.Text} and reasoning {tally.Reasoning}, {tally.Payload} bytes of data, from “{stream.Name}”, which has {stream.Text}, {stream.Reasoning} and {stream.Payload} bytes.")
    {
    }

    public WrongReadingException(Contestant contestant, KnownStream stream, Exception cause)
        : this($"{contestant.Name} cannot read “{stream.Name}”: {cause.Message}", cause)
    {
    }
}
