using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>The content of a message: a string, a list of parts, or one part.</summary>
internal readonly ref partial struct MessageReader
{
    // The types of the parts with reasoning.
    private static readonly FieldNames ReasoningTypes = new(
        "thinking", "reasoning", "reasoning_content", "reasoning_text", "summary_text", "redacted_thinking");

    private void ReadContent(ref Utf8JsonReader reader)
    {
        reader.Read();
        JoinedText text = default, reasoning = default;
        List<byte[]>? others = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                _choice.AddText(ref reader, _isWhole);
                break;
            case JsonTokenType.StartArray:
                // The parts are one text: a chunk that repeats the text so far repeats all its parts.
                while (reader.NextItem()) ReadPart(ref reader, ref text, ref reasoning, ref others);
                AddParts(text, reasoning, others);
                break;
            case JsonTokenType.StartObject:
                ReadPart(ref reader, ref text, ref reasoning, ref others); // one part without a list
                AddParts(text, reasoning, others);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private void AddParts(in JoinedText text, in JoinedText reasoning, List<byte[]>? others)
    {
        _choice.AddReasoning(reasoning, _isWhole);
        _choice.AddText(text, _isWhole);
        foreach (byte[] other in others ?? [])
        {
            if (_keeps) MessageContents.AddPart(_choice, "content", other);
        }
    }

    /// <summary>Reads a part of a content: a string, or an object with a text, with reasoning, a refusal, or something else.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="text">The text of the content.</param>
    /// <param name="reasoning">The reasoning of the content.</param>
    /// <param name="others">The parts that are neither, and those with a signature.</param>
    private void ReadPart(ref Utf8JsonReader reader, ref JoinedText text, ref JoinedText reasoning, ref List<byte[]>? others)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            text.Add(ref reader);
            return;
        }

        Utf8JsonReader start = reader, value = default, content = default; // the type may come after the text
        if (!reader.TryEnterObject()) return;
        bool isReasoning = false, isText = false, hasText = false, isEmpty = true;
        while (reader.NextProperty())
        {
            isEmpty = false;
            bool isThinking = reader.Is("thinking"u8) || reader.Is("reasoning"u8) || reader.Is("reasoning_content"u8);
            if (reader.Is("type"u8))
            {
                if (!reader.ReadText()) continue;
                isReasoning |= ReasoningTypes.Contains(ref reader);
                isText |= reader.Is("text"u8) || reader.Is("output_text"u8);
            }
            else if (reader.Is("refusal"u8) && reader.ReadText())
            {
                isText = hasText = true;
                _choice.AddRefusal(reader.ValueSpan, reader.ValueIsEscaped, _isWhole);
            }
            else if (isThinking)
            {
                reader.Read();
                isReasoning |= reader.TokenType is JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.StartObject;
                reader.Skip();
            }
            else if (reader.Is("text"u8)) isText |= hasText |= ReadPartText(ref reader, ref value);
            else if (reader.Is("content"u8)) reader.Remember(ref content);
            else reader.Skip();
        }

        if (isReasoning)
        {
            Utf8JsonReader again = start;
            if (ReasoningReader.Read(ref again, ref reasoning)) (others ??= []).Add(start.ReadRaw());
        }
        else if (value.HasValue()) text.Add(ref value);
        else if (isText && content.HasText()) text.Add(ref content);
        else if (isText ? !hasText && content.HasValue() : !isEmpty) (others ??= []).Add(start.ReadRaw());
    }

    /// <summary>Reads the text of a part: a string, or <c>{value}</c>, as the Assistants API has it.</summary>
    /// <returns>Whether there is one, or null in place of one.</returns>
    private static bool ReadPartText(ref Utf8JsonReader reader, ref Utf8JsonReader text)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType == JsonTokenType.String)
        {
            text = reader;
            return true;
        }

        bool any = false;
        if (!reader.TryEnterObject()) return false;
        while (reader.NextProperty())
        {
            bool isValue = reader.Is("value"u8);
            reader.Read();
            if (isValue && reader.TokenType == JsonTokenType.String)
            {
                text = reader;
                any = true;
            }

            reader.Skip();
        }

        return any;
    }
}
