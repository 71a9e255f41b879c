using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>One fragment of a tool call. The spans are raw JSON and valid only during the event.</summary>
internal ref struct ToolCallFragment
{
    public int? ProviderIndex;
    public string? Id;
    public string? Name;
    public ReadOnlySpan<byte> Arguments;
    public bool ArgumentsAreEscaped;

    /// <summary>Whether the provider said that this fragment completes the call.</summary>
    public bool IsComplete;

    /// <summary>The position of the fragment in the list of its chunk. It identifies the call if there is neither index nor id.</summary>
    public int Position;

    /// <summary>Reads the name and the arguments from the property that the reader is on.</summary>
    /// <returns>Whether the property is an object.</returns>
    public bool ReadFunction(ref Utf8JsonReader reader)
    {
        if (!reader.ReadObject()) return false;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) Name = reader.ReadString();
            else if (reader.Is("arguments"u8) || reader.Is("input"u8)) ReadArguments(ref reader); // custom tools have an input
            else reader.Skip();
        }

        return true;
    }

    /// <summary>Reads the arguments from the property that the reader is on: JSON as a string or, from some providers, as it is.</summary>
    public void ReadArguments(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                Arguments = reader.ValueSpan;
                ArgumentsAreEscaped = reader.ValueIsEscaped;
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                Arguments = reader.ReadRaw();
                break;
        }
    }
}
