using System.Diagnostics;

namespace LlmStream;

/// <summary>Something unusual about a stream.</summary>
[DebuggerDisplay("{Code}: {Message}")]
public sealed class StreamFinding
{
    internal StreamFinding(StreamFindingCode code, string message, int count, IReadOnlyDictionary<string, int> values, int? choiceIndex)
    {
        Code = code;
        Message = message;
        Count = count;
        Values = values;
        ChoiceIndex = choiceIndex;
    }

    /// <summary>What was found.</summary>
    public StreamFindingCode Code { get; }

    /// <summary>
    /// A description for people, in English; its wording may change between versions. It may quote the stream: escape control
    /// characters before it is written to a terminal.
    /// </summary>
    public string Message { get; }

    /// <summary>How often it was found: the number of events, lines, or characters, depending on <see cref="Code"/>. At least 1.</summary>
    public int Count { get; }

    /// <summary>The index of the choice in which it was found, or <see langword="null"/> if it does not concern one choice.</summary>
    public int? ChoiceIndex { get; }

    /// <summary>
    /// The names or texts that were found, such as those of unknown fields, and how often each occurred; empty if the finding is not
    /// about names or texts. Holds at most 200 different ones; the others are counted as <c>…</c>.
    /// </summary>
    public IReadOnlyDictionary<string, int> Values { get; }

    /// <summary>Describes the finding.</summary>
    /// <returns><see cref="Message"/>.</returns>
    public override string ToString() => Message;
}
