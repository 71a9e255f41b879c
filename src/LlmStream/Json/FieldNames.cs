using System.Text;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>A set of field names in JSON, compared as bytes.</summary>
internal sealed class FieldNames(params string[] names)
{
    /// <summary>No names.</summary>
    public static FieldNames None { get; } = new();

    private readonly byte[][] _names = [.. names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether the reader is on a field of one of these names.</summary>
    public bool Contains(ref Utf8JsonReader reader)
    {
        foreach (byte[] name in _names)
        {
            if (reader.Is(name)) return true;
        }

        return false;
    }
}
