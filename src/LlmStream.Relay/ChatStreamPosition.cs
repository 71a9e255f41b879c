using System.Globalization;

namespace LlmStream.Relay;

/// <summary>
/// The position of a record in a stream: the epoch of the producer that wrote it, and its sequence number. As text,
/// <c>{epoch}-{sequence}</c>, it is the event id that clients send back to resume.
/// </summary>
/// <param name="epoch">The epoch: 1 to 32 ASCII letters and digits; <c>""</c> for the position before the first record.</param>
/// <param name="sequence">The number of the record, from 1; 0 for the position before the first record.</param>
public readonly struct ChatStreamPosition(string epoch, long sequence) : IEquatable<ChatStreamPosition>
{
    private const int MaxEpochLength = 32;

    private readonly string? _epoch = epoch;

    /// <summary>The position before the first record.</summary>
    public static ChatStreamPosition Start => default;

    /// <summary>The epoch; <c>""</c> if it is not to be checked.</summary>
    public string Epoch => _epoch ?? "";

    /// <summary>The sequence number, from 1; 0 for the position before the first record.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Whether two positions are equal.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    public static bool operator ==(ChatStreamPosition left, ChatStreamPosition right) => left.Equals(right);

    /// <summary>Whether two positions differ.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    public static bool operator !=(ChatStreamPosition left, ChatStreamPosition right) => !left.Equals(right);

    /// <summary>Reads a position that <see cref="ToString"/> wrote.</summary>
    /// <param name="text">The text, such as the <c>Last-Event-ID</c> of a request.</param>
    /// <param name="position">The position.</param>
    /// <returns>False if the text is not a position.</returns>
    public static bool TryParse(string? text, out ChatStreamPosition position)
    {
        position = default;
        int dash = text?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash is < 1 or > MaxEpochLength) return false;
        ReadOnlySpan<char> number = text.AsSpan(dash + 1);
        foreach (char c in text.AsSpan(0, dash))
        {
            if (!char.IsAsciiLetterOrDigit(c)) return false;
        }

        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)) return false;
        position = new ChatStreamPosition(text![..dash], sequence);
        return true;
    }

    /// <summary>Whether the positions are equal.</summary>
    /// <param name="other">The other position.</param>
    /// <returns>Whether epoch and sequence number are equal.</returns>
    public bool Equals(ChatStreamPosition other) => Sequence == other.Sequence && Epoch == other.Epoch;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ChatStreamPosition other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Epoch, Sequence);

    /// <summary>The position as text.</summary>
    /// <returns><c>{epoch}-{sequence}</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Sequence}");
}
