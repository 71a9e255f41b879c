using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>
/// Deserializes a JSON document while it is being written: whenever more of it is known, but rarely enough that all snapshots together
/// cost a fixed multiple of the text.
/// </summary>
internal sealed class JsonSnapshots<T>(JsonTypeInfo<T> type, double growth)
{
    private int _knownLength = -1;
    private int _lastLength;
    private int _rewriteCount;

    public JsonPrefix Document { get; } = new();

    /// <summary>How many characters were deserialized, for all snapshots together.</summary>
    public long DeserializedLength { get; private set; }

    /// <summary>Makes a snapshot if one is due.</summary>
    /// <param name="isLast">Whether this is the last snapshot, which is due as soon as anything new is known.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="Exception">The document is complete and cannot be deserialized.</exception>
    public bool TryCreate(bool isLast, [NotNullWhen(true)] out JsonSnapshot<T>? snapshot)
    {
        snapshot = null;
        if (Document.RewriteCount != _rewriteCount)
        {
            _rewriteCount = Document.RewriteCount;
            _knownLength = -1;
            _lastLength = Math.Min(_lastLength, Document.Length);
        }

        if (!Document.HasBegun || Document.KnownLength == _knownLength) return false;
        if (!isLast && !Document.IsComplete && Document.Length < _lastLength + (_lastLength * growth)) return false;

        _knownLength = Document.KnownLength;
        _lastLength = Document.Length;
        if (Document.IsComplete)
        {
            snapshot = new JsonSnapshot<T> { Value = Deserialize(withOpenString: false), IsComplete = true };
            return true;
        }

        // An unfinished string may not be a valid value of its type: half a date, half the name of an enum member. And a type may
        // require members that have not arrived yet. In both cases there is no snapshot for now.
        if (Document.HasOpenString && TryDeserialize(withOpenString: true, out snapshot)) return true;
        return TryDeserialize(withOpenString: false, out snapshot);
    }

    private bool TryDeserialize(bool withOpenString, [NotNullWhen(true)] out JsonSnapshot<T>? snapshot)
    {
        snapshot = null;
        if (!withOpenString && Document.KnownLength == 0) return false;
        try
        {
            snapshot = new JsonSnapshot<T> { Value = Deserialize(withOpenString) };
            return true;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private T? Deserialize(bool withOpenString)
    {
        char[] document = Document.Render(withOpenString, out int length);
        try
        {
            DeserializedLength += length;
            return JsonSerializer.Deserialize(document.AsSpan(0, length), type);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(document);
        }
    }
}
