using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>One fragment of a tool call. The spans are raw JSON and valid only during the event.</summary>
internal ref struct ToolCallFragment
{
    /// <summary>
    /// The number of the call, if the dialect is certain of it, as when its events state where a call begins and ends. Then nothing
    /// else decides which call the fragment belongs to.
    /// </summary>
    public int? ProviderIndex;

    /// <summary>The index that the server stated, which may be missing, or the same for all calls.</summary>
    public int? StatedIndex;

    /// <summary>The id, or null. Never blank.</summary>
    public string? Id;

    /// <summary>The name of the function, or null. Never blank.</summary>
    public string? Name;

    public ReadOnlySpan<byte> Arguments;
    public bool ArgumentsAreEscaped;

    /// <summary>The offset of the arguments in the event; 0 if it is unknown, or if they are not a string.</summary>
    public int ArgumentsStart;

    /// <summary>Whether the provider said that this fragment completes the call.</summary>
    public bool IsComplete;

    /// <summary>Whether the fragment is a complete call, never a part of one.</summary>
    public bool IsWhole;

    /// <summary>Whether the fragment is a call of a complete message, which repeats what the deltas said.</summary>
    public bool IsRepeated;

    /// <summary>The position of the fragment in the list of its chunk.</summary>
    public int Position;

    /// <summary>Whether there is nothing in the fragment: a placeholder in place of a call.</summary>
    public readonly bool IsEmpty => Id is null && Name is null && Arguments.IsEmpty;

    /// <summary>Whether the arguments are <c>{}</c> or <c>null</c>, which servers send in place of them.</summary>
    public readonly bool ArgumentsArePlaceholder => ToolCallBuilder.IsPlaceholder(Arguments, ArgumentsAreEscaped);

    /// <summary>Reads the name and the arguments from the property that the reader is on.</summary>
    /// <returns>Whether the property is an object.</returns>
    public bool ReadFunction(ref Utf8JsonReader reader)
    {
        if (!reader.ReadObject()) return false;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) Name = reader.ReadName();
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
                ArgumentsStart = (int)reader.TokenStartIndex + 1;
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                Arguments = reader.ReadRaw();
                ArgumentsStart = 0;
                break;
        }
    }
}
