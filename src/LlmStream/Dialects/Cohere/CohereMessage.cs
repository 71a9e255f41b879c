using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// Reads one <c>message</c> of Cohere's version 2 into its choice: of an event, where each field holds what is new, or of a whole
/// answer, where it holds lists.
/// </summary>
internal readonly ref struct CohereMessage(ChoiceBuilder choice, CoherePlan plan, CohereCalls calls, int index)
{
    private static readonly FieldNames KnownFields = new("id", "logprobs");

    private readonly ChoiceBuilder _choice = choice;
    private readonly CoherePlan _plan = plan;
    private readonly CohereCalls _calls = calls;
    private readonly int _index = index;

    /// <param name="json">The bytes of the value.</param>
    /// <param name="observer">Is told of unknown fields; may be null.</param>
    public void Read(ReadOnlySpan<byte> json, IDecodingObserver? observer)
    {
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8))
            {
                reader.Read();
                ReadContent(ref reader);
            }
            else if (reader.Is("tool_calls"u8))
            {
                reader.Read();
                ReadCalls(ref reader);
            }
            else if (reader.Is("tool_plan"u8))
            {
                if (reader.ReadText()) _plan.Add(ref reader);
            }
            else if (reader.Is("role"u8))
            {
                reader.Read();
                if (reader.HasText()) _choice.SetRole(Roles.Read(ref reader));
                reader.Skip();
            }
            else if (reader.Is("citations"u8))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                bool isCitation = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
                reader.Skip();
                if (isCitation) CohereCitations.AddTo(_choice, json[start..(int)reader.BytesConsumed]);
            }
            else
            {
                observer.NoteField(ref reader, KnownFields, "message.");
                reader.Skip();
            }
        }
    }

    private void ReadContent(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                _plan.End(_choice);
                _choice.AddText(reader.ValueSpan, reader.ValueIsEscaped);
                break;
            case JsonTokenType.StartObject:
                ReadBlock(ref reader);
                break;
            case JsonTokenType.StartArray:
                while (reader.NextObject()) ReadBlock(ref reader);

                break;
        }
    }

    /// <summary><c>{"type":"text","text":"…"}</c> or <c>{"type":"thinking","thinking":"…"}</c>; in the deltas without a type.</summary>
    private void ReadBlock(ref Utf8JsonReader reader)
    {
        _plan.End(_choice);
        bool isThought = false;
        while (reader.NextProperty())
        {
            bool isText = reader.Is("text"u8), isThinking = reader.Is("thinking"u8), isType = reader.Is("type"u8);
            reader.Read();
            isThought |= isType && reader.TokenType == JsonTokenType.String && reader.Is("thinking"u8);
            isThinking |= isText && isThought;
            if (reader.TokenType == JsonTokenType.String && isText && !isThinking) _choice.AddText(reader.ValueSpan, reader.ValueIsEscaped);
            else if (reader.TokenType == JsonTokenType.String && isThinking) _choice.AddReasoning(reader.ValueSpan, reader.ValueIsEscaped);
            reader.Skip();
        }
    }

    private void ReadCalls(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadCall(ref reader, _index, isWhole: false);
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray) return;
        int position = 0;
        while (reader.NextObject()) ReadCall(ref reader, position++, isWhole: true);
    }

    private void ReadCall(ref Utf8JsonReader reader, int index, bool isWhole)
    {
        var fragment = new ToolCallFragment { ProviderIndex = index, IsComplete = isWhole };
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) fragment.Id = reader.ReadString();
            else if (reader.Is("function"u8)) fragment.ReadFunction(ref reader);
            else reader.Skip();
        }

        _plan.End(_choice);
        _calls.Add(_choice, fragment);
    }
}
