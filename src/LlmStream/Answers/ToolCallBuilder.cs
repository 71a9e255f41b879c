using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>One tool call while its fragments arrive.</summary>
internal sealed class ToolCallBuilder(int index, GrowingText arguments)
{
    /// <summary>The call's place among the calls of its choice.</summary>
    public int Index { get; } = index;

    /// <summary>The number by which the provider tells its calls apart, where it sends one.</summary>
    public int? ProviderIndex { get; init; }

    public string? Id { get; set; }

    public string? Name { get; set; }

    /// <summary>Whether the provider said that it is whole.</summary>
    public bool IsComplete { get; set; }

    public GrowingText Arguments { get; } = arguments;

    public ToolCall ToToolCall(bool isComplete) => new() { Index = Index, IsComplete = isComplete, Id = Id, Name = Name ?? "", Arguments = Arguments.ToString() };
}

/// <summary>What one fragment of a tool call says. The spans are raw JSON, valid while the event is.</summary>
internal ref struct ToolCallFragment
{
    public int? ProviderIndex;
    public string? Id;
    public string? Name;
    public ReadOnlySpan<byte> Arguments;
    public bool ArgumentsAreEscaped;

    /// <summary>Whether the provider said that the call is whole with it.</summary>
    public bool IsComplete;

    /// <summary>Where the fragment stands in its chunk's list: the last resort where there is neither index nor id.</summary>
    public int Position;

    /// <summary>Takes the name and the arguments from the property that the reader is on.</summary>
    /// <returns>Whether the property is an object.</returns>
    public bool ReadFunction(ref Utf8JsonReader reader)
    {
        if (!reader.ReadObject()) return false;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) Name = reader.ReadString();
            else if (reader.Is("arguments"u8) || reader.Is("input"u8)) ReadArguments(ref reader); // a custom tool has an input
            else reader.Skip();
        }

        return true;
    }

    /// <summary>Takes the arguments from the field that the reader stands on: JSON text, or, from some providers, the JSON itself.</summary>
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
