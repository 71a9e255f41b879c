using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Reads a <c>delta</c> or <c>message</c> object, as the chunks of OpenAI and DashScope have it, into its choice.</summary>
internal readonly ref struct MessageReader(ChoiceBuilder choice, IDecodingObserver? observer, bool isWhole)
{
    // Known fields that are not read.
    private static readonly FieldNames KnownFields = new(
        "audio", "annotations", "channel", "executed_tools", "name", "context", "tool_call_id");

    private readonly ChoiceBuilder _choice = choice;
    private readonly IDecodingObserver? _observer = observer;
    private readonly bool _isWhole = isWhole;

    /// <summary>Reads the object that the reader is on. Any other value is ignored.</summary>
    /// <returns>Whether the object has a field for an error, which <see cref="ProviderFaultReader"/> reads.</returns>
    public bool Read(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterObject()) return false;

        // One chunk may contain the same reasoning under two names: OpenRouter; vLLM, while it renames the field. The first one that is
        // not empty counts.
        bool hasReasoning = false, mayBeError = false;
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8)) ReadContent(ref reader);
            else if (reader.Is("reasoning_content"u8) || reader.Is("reasoning"u8) || reader.Is("thinking"u8))
            {
                if (hasReasoning) _choice.Ignore(ref reader);
                else hasReasoning = ReadReasoning(ref reader);
            }
            else if (reader.Is("reasoning_details"u8)) hasReasoning |= ReadReasoningDetails(ref reader, skipText: hasReasoning);
            else if (reader.Is("tool_calls"u8)) ReadToolCalls(ref reader);
            else if (reader.Is("role"u8))
            {
                if (reader.ReadText()) _choice.SetRole(ref reader);
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
                // The form of a call when there could be only one.
                var fragment = new ToolCallFragment { StatedIndex = 0, IsRepeated = _isWhole };
                if (fragment.ReadFunction(ref reader)) _choice.AddToolCall(fragment);
            }
            else if (reader.Is("error"u8)) mayBeError |= reader.ReadPresence();
            else
            {
                _observer.NoteField(ref reader, KnownFields, "delta.");
                _choice.Ignore(ref reader);
            }
        }

        return mayBeError;
    }

    private void ReadContent(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                _choice.AddText(ref reader, _isWhole);
                break;
            case JsonTokenType.StartArray:
                // The parts are one text: a chunk that repeats the text so far repeats all its parts.
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

    /// <summary>
    /// Reads a part of a content: a string, or an object such as Magistral's
    /// <c>{type:"thinking",thinking:[{type:"text",text}]}</c>.
    /// </summary>
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
            bool isString = reader.TokenType == JsonTokenType.String;
            if (isString && isType) isReasoning |= reader.Is("thinking"u8) || reader.Is("reasoning"u8);
            else if (isString && (isThinking || (isText && isReasoning))) reasoning.Add(ref reader);
            else if (isString && isText) text.Add(ref reader);
            else if (isThinking && reader.TryEnterArray())
            {
                while (reader.NextItem()) ReadPart(ref reader, isReasoning: true, ref text, ref reasoning);
            }
            else reader.Skip();
        }
    }

    /// <returns>Whether there is any reasoning.</returns>
    private bool ReadReasoning(ref Utf8JsonReader reader)
    {
        if (!reader.ReadText()) return false;
        _choice.AddReasoning(ref reader, _isWhole);
        return reader.HasText();
    }

    /// <summary>
    /// Reads OpenRouter's list of <c>{type:"reasoning.text",text}</c>, <c>{type:"reasoning.summary",summary}</c>, and encrypted parts.
    /// </summary>
    /// <returns>Whether there is any reasoning.</returns>
    private bool ReadReasoningDetails(ref Utf8JsonReader reader, bool skipText)
    {
        JoinedText reasoning = default;
        if (!reader.ReadArray()) return false;
        while (reader.NextObject())
        {
            Utf8JsonReader detail = reader;
            bool isOpaque = false;
            while (reader.NextProperty())
            {
                bool isText = reader.Is("text"u8) || reader.Is("summary"u8);
                bool isProtected = reader.Is("signature"u8) || reader.Is("data"u8);
                reader.Read();
                isOpaque |= isProtected && reader.HasText();
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

    /// <summary>Keeps what the provider requires in later requests. A complete message repeats what its deltas contained.</summary>
    private void Keep(AIContent content, int size)
    {
        if (!_isWhole || !_choice.HasContents) _choice.AddContent(content, size);
    }

    private void ReadToolCalls(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) ReadToolCall(ref reader, position: 0); // one call without a list
        else if (reader.TryEnterArray())
        {
            int position = 0;
            while (reader.NextObject()) ReadToolCall(ref reader, position++);
        }
    }

    private void ReadToolCall(ref Utf8JsonReader reader, int position)
    {
        var fragment = new ToolCallFragment { Position = position, IsRepeated = _isWhole };
        byte[]? extra = null;
        while (reader.NextProperty())
        {
            if (reader.Is("index"u8)) fragment.StatedIndex = ReadCallIndex(ref reader) ?? fragment.StatedIndex;
            else if (reader.Is("id"u8)) fragment.Id = reader.ReadName();
            else if (reader.Is("function"u8) || reader.Is("custom"u8)) fragment.ReadFunction(ref reader);
            else if (reader.Is("extra_content"u8)) extra = ReadExtra(ref reader);
            else reader.Skip();
        }

        _choice.AddToolCall(fragment);
        if (extra is not null && fragment.Id is { } id) Keep(MessageFields.OfCall(id, extra), extra.Length);
    }

    /// <summary>The index of a call. A negative one states that there is none.</summary>
    private static int? ReadCallIndex(ref Utf8JsonReader reader) => reader.ReadInt32() is >= 0 and int index ? index : null;

    private static byte[]? ReadExtra(ref Utf8JsonReader reader) => reader.ReadObject() ? reader.ReadRaw() : null;
}
