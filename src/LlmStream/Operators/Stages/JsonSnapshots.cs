using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Makes values of a document that is still being written: when more is known, and not so often that it costs more than the text.</summary>
internal sealed class JsonSnapshots<T>(JsonTypeInfo<T> type, double growth)
{
    private int _known = -1;
    private int _length;
    private int _rewrites;

    public JsonPrefix Document { get; } = new();

    /// <summary>How many characters were deserialized, for all snapshots together.</summary>
    public long Deserialized { get; private set; }

    /// <summary>Makes a snapshot, if there is reason to.</summary>
    /// <param name="atOnce">Whether to make one as soon as more is known: it is the last.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="Exception">The document is whole, and the type cannot be made of it.</exception>
    public bool TryMake(bool atOnce, [NotNullWhen(true)] out JsonSnapshot<T>? snapshot)
    {
        snapshot = null;
        if (Document.Rewrites != _rewrites)
        {
            _rewrites = Document.Rewrites;
            _known = -1;
            _length = Math.Min(_length, Document.Length);
        }

        if (!Document.HasBegun || Document.Known == _known) return false;
        if (!atOnce && !Document.IsDone && Document.Length < _length + (_length * growth)) return false;

        _known = Document.Known;
        _length = Document.Length;
        if (Document.IsDone)
        {
            snapshot = new JsonSnapshot<T> { Value = Deserialize(withOpenString: false), IsComplete = true };
            return true;
        }

        // Half a string may be no value of its type: half a date, half the name of an enumeration's member. Nor may a document
        // that lacks what the type requires. What is not a value yet, is none that one could have shown.
        if (Document.HasOpenString && TryDeserialize(withOpenString: true, out snapshot)) return true;
        return TryDeserialize(withOpenString: false, out snapshot);
    }

    private bool TryDeserialize(bool withOpenString, [NotNullWhen(true)] out JsonSnapshot<T>? snapshot)
    {
        snapshot = null;
        if (!withOpenString && Document.Known == 0) return false;
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
            Deserialized += length;
            return JsonSerializer.Deserialize(document.AsSpan(0, length), type);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(document);
        }
    }
}
