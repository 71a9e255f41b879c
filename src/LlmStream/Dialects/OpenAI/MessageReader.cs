using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Reads one <c>delta</c> or <c>message</c> object, as OpenAI's and DashScope's chunks have it, into its choice.</summary>
internal readonly ref struct MessageReader(ChoiceBuilder choice, IDecodingObserver? observer, bool isWhole)
{
    // What needs no reading and is nothing unusual.
    private static readonly FieldNames KnownFields = new("audio", "annotations", "channel", "executed_tools", "name", "context", "tool_call_id");

    private readonly ChoiceBuilder _choice = choice;
    private readonly IDecodingObserver? _observer = observer;
    private readonly bool _isWhole = isWhole;

    /// <summary>The reader stands on the object's start, and is not needed afterwards.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;

        // The same thought may come under two names in one chunk (OpenRouter, vLLM while it renames the field). The
        // first that says something counts.
        bool hasReasoning = false;
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8))
            {
                reader.Read();
                ReadContent(ref reader);
            }
            else if (reader.Is("reasoning_content"u8) || reader.Is("reasoning"u8) || reader.Is("thinking"u8))
            {
                reader.Read();
                if (hasReasoning) _choice.Ignore(ref reader);
                else hasReasoning = ReadReasoning(ref reader);
            }
            else if (reader.Is("reasoning_details"u8))
            {
                reader.Read();
                hasReasoning |= ReadReasoningDetails(ref reader, skipText: hasReasoning);
            }
            else if (reader.Is("tool_calls"u8))
            {
                reader.Read();
                ReadToolCalls(ref reader);
            }
            else if (reader.Is("role"u8))
            {
                reader.Read();
                if (reader.HasText()) _choice.SetRole(Roles.Read(ref reader));
                reader.Skip();
            }
            else if (reader.Is("refusal"u8))
            {
                if (reader.ReadText()) _choice.AddRefusal(reader.ValueSpan, reader.ValueIsEscaped, _isWhole);
            }
            else if (reader.Is("extra_content"u8))
            {
                if (ReadExtra(ref reader) is { } extra) Keep(MessageFields.OfMessage(extra), extra.Length);
            }
            else if (reader.Is("function_call"u8))
            {
                // The form of a call before there were several.
                var fragment = new ToolCallFragment { ProviderIndex = 0 };
                if (fragment.ReadFunction(ref reader)) _choice.AddToolCall(fragment);
            }
            else
            {
                _observer.NoteField(ref reader, KnownFields, "delta.");
                _choice.Ignore(ref reader);
            }
        }
    }

    private void ReadContent(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                _choice.AddText(ref reader, _isWhole);
                break;
            case JsonTokenType.StartArray:
                // The parts are one text: where a chunk repeats everything, it repeats them all.
                JoinedText text = default, reasoning = default;
                while (reader.NextItem()) ReadPart(ref reader, isReasoning: false, ref text, ref reasoning);
                _choice.AddReasoning(reasoning, _isWhole);
                _choice.AddText(text, _isWhole);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    /// <summary>A part of content: a string, or an object such as Magistral's <c>{type:"thinking",thinking:[{type:"text",text}]}</c>.</summary>
    private static void ReadPart(ref Utf8JsonReader reader, bool isReasoning, ref JoinedText text, ref JoinedText reasoning)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            if (isReasoning) reasoning.Add(ref reader);
            else text.Add(ref reader);
            return;
        }

        if (!reader.TryEnterObject()) return;

        while (reader.NextProperty())
        {
            bool isType = reader.Is("type"u8);
            bool isThinking = reader.Is("thinking"u8) || reader.Is("reasoning"u8);
            bool isText = reader.Is("text"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
                isReasoning |= reader.Is("thinking"u8) || reader.Is("reasoning"u8);
            else if (isThinking && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.NextItem()) ReadPart(ref reader, isReasoning: true, ref text, ref reasoning);
            }
            else if (reader.TokenType == JsonTokenType.String && (isThinking || (isText && isReasoning))) reasoning.Add(ref reader);
            else if (reader.TokenType == JsonTokenType.String && isText) text.Add(ref reader);
            else reader.Skip();
        }
    }

    private bool ReadReasoning(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            _choice.AddReasoning(ref reader, _isWhole);
            return !reader.ValueSpan.IsEmpty;
        }

        reader.Skip();
        return false;
    }

    /// <summary>OpenRouter's list of <c>{type:"reasoning.text",text}</c>, <c>{type:"reasoning.summary",summary}</c> and opaque parts.</summary>
    private bool ReadReasoningDetails(ref Utf8JsonReader reader, bool skipText)
    {
        JoinedText reasoning = default;
        if (!reader.TryEnterArray()) return false;

        while (reader.NextObject())
        {
            Utf8JsonReader detail = reader;
            bool isOpaque = false;
            while (reader.NextProperty())
            {
                bool isText = reader.Is("text"u8) || reader.Is("summary"u8);
                bool isSeal = reader.Is("signature"u8) || reader.Is("data"u8);
                reader.Read();
                isOpaque |= isSeal && reader.HasText();
                if (isText && !skipText && reader.TokenType == JsonTokenType.String) reasoning.Add(ref reader);
                else if (isText) _choice.Ignore(ref reader);
                else reader.Skip();
            }

            if (!isOpaque) continue;
            byte[] raw = detail.ReadRaw();
            Keep(MessageFields.OfReasoning(raw), raw.Length);
        }

        _choice.AddReasoning(reasoning, _isWhole);
        return !reasoning.Raw.IsEmpty;
    }

    /// <summary>Keeps what the provider wants to see again. A whole message says once more what the deltas said.</summary>
    private void Keep(AIContent content, long size)
    {
        if (!_isWhole || !_choice.HasContents) _choice.AddContent(content, (int)size);
    }

    private void ReadToolCalls(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterArray()) return;

        int position = 0;
        while (reader.NextObject())
        {
            var fragment = new ToolCallFragment { Position = position++ };
            byte[]? extra = null;
            while (reader.NextProperty())
            {
                if (reader.Is("index"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int index)) fragment.ProviderIndex = index;
                    reader.Skip();
                }
                else if (reader.Is("id"u8)) fragment.Id = reader.ReadString();
                else if (reader.Is("function"u8) || reader.Is("custom"u8)) fragment.ReadFunction(ref reader);
                else if (reader.Is("extra_content"u8)) extra = ReadExtra(ref reader);
                else reader.Skip();
            }

            _choice.AddToolCall(fragment);
            if (extra is not null && fragment.Id is { } id) Keep(MessageFields.OfCall(id, extra), extra.Length);
        }
    }

    private static byte[]? ReadExtra(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) return reader.ReadRaw();
        reader.Skip();
        return null;
    }
}
