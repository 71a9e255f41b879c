using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Reads a <c>delta</c> or <c>message</c> object, as the chunks of OpenAI and DashScope have it, into its choice.</summary>
/// <remarks>Nothing of it is lost: what has no property in a delta is added to its other contents.</remarks>
internal readonly ref partial struct MessageReader(ChoiceBuilder choice, IDecodingObserver? observer, bool isWhole)
{
    // Known fields that are not read: they say nothing about the answer.
    private static readonly FieldNames KnownFields = new("channel", "name", "tool_call_id");

    // OpenAI and most others; OpenRouter, Groq, Cerebras, and vLLM; some gateways; Copilot.
    private static readonly FieldNames ReasoningFields = new("reasoning_content", "reasoning", "thinking", "reasoning_text");

    // OpenRouter's list of {type: "reasoning.text", text}, {type: "reasoning.summary", summary}, and encrypted parts; LiteLLM's list of
    // {type: "thinking", thinking, signature} and {type: "redacted_thinking", data}.
    private static readonly FieldNames ReasoningLists = new("reasoning_details", "thinking_blocks");

    private readonly ChoiceBuilder _choice = choice;
    private readonly IDecodingObserver? _observer = observer;
    private readonly bool _isWhole = isWhole;

    // A complete message repeats what its deltas contained.
    private readonly bool _keeps = !isWhole || !choice.HasContents;

    /// <summary>Reads the object that the reader is on. Any other value is ignored.</summary>
    /// <returns>Whether the object has a field for an error, which <see cref="ProviderFaultReader"/> reads.</returns>
    public bool Read(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterObject()) return false;

        // One chunk may contain the same reasoning under two names: OpenRouter, LiteLLM; vLLM, while it renames the field. The first one
        // that is not empty counts.
        bool hasReasoning = false, mayBeError = false;
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8)) ReadContent(ref reader);
            else if (ReasoningFields.Contains(ref reader))
            {
                if (hasReasoning) _choice.Ignore(ref reader);
                else hasReasoning = ReadReasoning(ref reader);
            }
            else if (ReasoningLists.Contains(ref reader)) hasReasoning |= ReadReasoningList(ref reader, skipText: hasReasoning);
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
            else if (!ReadOther(ref reader))
            {
                _observer.NoteField(ref reader, KnownFields, "delta.");
                _choice.Ignore(ref reader);
            }
        }

        return mayBeError;
    }

    /// <summary>Reads what goes to the other contents.</summary>
    private bool ReadOther(ref Utf8JsonReader reader)
    {
        if (reader.Is("images"u8) || reader.Is("image"u8)) ReadParts(ref reader, "images");
        else if (reader.Is("annotations"u8)) ReadAnnotations(ref reader);
        else if (reader.Is("audio"u8))
        {
            if (!reader.ReadObject() || (_keeps && AudioReader.TryRead(ref reader, _choice))) return true;
            if (Parse(ref reader) is { } audio) MessageContents.AddAudio(_choice, audio);
        }
        else if (reader.Is("context"u8))
        {
            if (ReadExtra(ref reader) is { } context && _keeps) MessageContents.AddContext(_choice, context);
        }
        else if (reader.Is("executed_tools"u8)) ReadParts(ref reader, "executed_tools"); // Groq's own tools
        else if (MessageFields.Signatures.Contains(ref reader))
        {
            string field = reader.Decode();
            if (!reader.ReadText() || !reader.HasText()) return true;
            byte[] raw = reader.ReadRaw();
            if (_choice.IsNewContent(field + Encoding.UTF8.GetString(raw))) Keep(MessageFields.OfField(field, raw), raw.Length);
        }
        else if (MessageContents.SourceFields.Contains(ref reader))
        {
            string field = reader.Decode();
            reader.Read();
            if (Parse(ref reader) is { } sources) MessageContents.AddSources(_choice, field, sources);
        }
        else return false;

        return true;
    }

    private JsonElement? Parse(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject)) return null;
        if (_keeps) return ReadElement(ref reader);
        reader.Skip();
        return null;
    }

    /// <summary>The same as <see cref="JsonText.ParseElement"/>, in most cases without a copy of the bytes.</summary>
    private static JsonElement ReadElement(ref Utf8JsonReader reader)
    {
#if NET9_0_OR_GREATER
        var element = JsonElement.ParseValue(ref reader);
        ReadOnlySpan<byte> raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element);
        return System.Text.Unicode.Utf8.IsValid(raw) && raw.IndexOf("\\u"u8) < 0 ? element : JsonText.ParseElement(raw);
#else
        return JsonText.ParseElement(reader.ReadRaw());
#endif
    }

    /// <returns>Whether there is any reasoning.</returns>
    private bool ReadReasoning(ref Utf8JsonReader reader)
    {
        Utf8JsonReader name = reader;
        reader.Read();
        return ReadReasoning(ref reader, name);
    }

    private bool ReadReasoning(ref Utf8JsonReader reader, Utf8JsonReader name)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            _choice.AddReasoning(ref reader, _isWhole);
            return reader.HasText();
        }

        Utf8JsonReader start = reader;
        JoinedText reasoning = default;
        if (ReasoningReader.Read(ref reader, ref reasoning))
        {
            byte[] raw = start.ReadRaw();
            Keep(MessageFields.OfField(name.Decode(), raw), raw.Length);
        }

        _choice.AddReasoning(reasoning, _isWhole);
        return !reasoning.Raw.IsEmpty;
    }

    /// <summary>Reads a list of parts of the reasoning. Those with a signature, and encrypted ones, are kept to be sent back.</summary>
    /// <returns>Whether there is any reasoning.</returns>
    private bool ReadReasoningList(ref Utf8JsonReader reader, bool skipText)
    {
        Utf8JsonReader name = reader;
        JoinedText reasoning = default;
        reader.Read();
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.StartObject && !skipText) return ReadReasoning(ref reader, name);
        if (!reader.TryEnterArray()) return false;
        while (reader.NextObject())
        {
            Utf8JsonReader part = reader;
            JoinedText text = default;
            bool isProtected = false;
            while (reader.NextProperty())
            {
                bool isText = reader.Is("text"u8) || reader.Is("summary"u8) || reader.Is("thinking"u8);
                bool isProtectedField = reader.Is("signature"u8) || reader.Is("data"u8);
                reader.Read();
                isProtected |= isProtectedField && reader.HasText();
                if (isText && !skipText && reader.TokenType == JsonTokenType.String) text.Add(ref reader);
                else if (isText) _choice.Ignore(ref reader);
                else reader.Skip();
            }

            // The last part of LiteLLM repeats the whole text with its signature.
            if (!isProtected || _isWhole || !_choice.ReasoningEndsWith(text)) reasoning.Add(text);
            if (!isProtected) continue;
            byte[] raw = part.ReadRaw();
            Keep(MessageFields.OfPart(name.Decode(), raw), raw.Length);
        }

        _choice.AddReasoning(reasoning, _isWhole);
        return !reasoning.Raw.IsEmpty;
    }

    private void Keep(AIContent content, int size)
    {
        if (_keeps) _choice.AddContent(content, size);
    }

    /// <summary>Reads a list of parts, or one part, which are not text.</summary>
    private void ReadParts(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            if (reader.HasText() || reader.TokenType == JsonTokenType.StartObject) AddPart(ref reader, field);
            else reader.Skip();
            return;
        }

        while (reader.NextItem()) AddPart(ref reader, field);
    }

    private void AddPart(ref Utf8JsonReader reader, string field)
    {
        if (_keeps && reader.HasValue()) MessageContents.AddPart(_choice, field, reader.ReadRaw());
        else reader.Skip();
    }

    private void ReadAnnotations(ref Utf8JsonReader reader)
    {
        if (!reader.ReadArray()) return;
        while (reader.NextItem())
        {
            if (_keeps && reader.TokenType == JsonTokenType.StartObject) MessageContents.AddAnnotation(_choice, reader.ReadRaw());
            else reader.Skip();
        }
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
            // Some gateways omit the object around the name and the arguments.
            else if (reader.Is("name"u8)) fragment.Name = reader.ReadName() ?? fragment.Name;
            else if (reader.Is("arguments"u8) && fragment.Arguments.IsEmpty) fragment.ReadArguments(ref reader);
            else reader.Skip();
        }

        _choice.AddToolCall(fragment);
        if (extra is not null && fragment.Id is { } id) Keep(MessageFields.OfCall(id, extra), extra.Length);
    }

    /// <summary>The index of a call. A negative one states that there is none.</summary>
    private static int? ReadCallIndex(ref Utf8JsonReader reader) => reader.ReadInt32() is >= 0 and int index ? index : null;

    private static byte[]? ReadExtra(ref Utf8JsonReader reader) => reader.ReadObject() ? reader.ReadRaw() : null;
}
