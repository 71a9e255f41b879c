using System.Text.Json;

namespace LlmStream.Json;

/// <summary>
/// The fields at the start of a JSON object, whose end may be missing: their names, the kinds of their values, the strings,
/// and the same of nested objects, one level deep.
/// </summary>
internal sealed class JsonHead
{
    private const int MaxNesting = 2; // the object, and the objects in its fields

    private readonly Dictionary<string, Field> _fields = new(StringComparer.Ordinal);

    /// <summary>Whether the object has a field of this name. The bytes may end before its value.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Whether it has any field of these names.</summary>
    public bool HasAny(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Has(name)) return true;
        }

        return false;
    }

    /// <summary>The value of a field that is a string, or null.</summary>
    public string? Text(string name) => _fields.GetValueOrDefault(name).Text;

    /// <summary>Whether the value of a field is a number.</summary>
    public bool IsNumber(string name) => _fields.GetValueOrDefault(name).Kind == JsonTokenType.Number;

    /// <summary>The value of a field that is an object, or null.</summary>
    public JsonHead? Object(string name) => _fields.GetValueOrDefault(name).Object;

    /// <summary>Reads an object as far as its bytes go. What comes before a syntax error counts.</summary>
    /// <param name="json">Bytes that begin with the object.</param>
    /// <param name="length">The number of bytes that were read.</param>
    public static JsonHead Read(ReadOnlySpan<byte> json, out int length)
    {
        var head = new JsonHead();
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(JsonOptions.Reader));
        try
        {
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject) head.ReadFields(ref reader, MaxNesting);
        }
        catch (JsonException)
        {
            // The fields before it are known.
        }

        length = (int)reader.BytesConsumed;
        return head;
    }

    private void ReadFields(ref Utf8JsonReader reader, int nesting)
    {
        while (reader.NextProperty())
        {
            string name = reader.Decode();
            // The first field of a name counts; its value may lie beyond the bytes.
            bool isNew = _fields.TryAdd(name, default);
            if (!reader.Read()) return;
            var field = new Field(reader.TokenType, reader.TokenType == JsonTokenType.String ? reader.Decode() : null, null);
            if (reader.TokenType == JsonTokenType.StartObject && nesting > 1)
            {
                field = field with { Object = new JsonHead() };
                if (isNew) _fields[name] = field;
                field.Object!.ReadFields(ref reader, nesting - 1);
                continue;
            }

            if (isNew) _fields[name] = field;
            if (!reader.TrySkip()) return;
        }
    }

    private readonly record struct Field(JsonTokenType Kind, string? Text, JsonHead? Object);
}
