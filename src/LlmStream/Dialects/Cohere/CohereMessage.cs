using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// Reads a <c>message</c> of version 2 into its choice. In an event each field holds what is new, as an object; in an answer that is
/// not streamed it holds a list.
/// </summary>
/// <remarks>A list of one fragment of a call, in an event that is about calls, is read as the fragment alone.</remarks>
internal readonly ref struct CohereMessage(ChoiceBuilder choice, CoherePlan plan, CohereCalls calls, int index, bool isFragment)
{
    private static readonly FieldNames KnownFields = new("id", "logprobs");

    private readonly ChoiceBuilder _choice = choice;
    private readonly CoherePlan _plan = plan;
    private readonly CohereCalls _calls = calls;
    private readonly int _index = index;
    private readonly bool _isFragment = isFragment;

    /// <summary>Reads the object that the reader is on. Any other value is ignored.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="data">All bytes that the reader reads.</param>
    /// <param name="observer">Receives unknown fields; may be null.</param>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IDecodingObserver? observer)
    {
        if (!reader.TryEnterObject()) return;
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8)) ReadContent(ref reader);
            else if (reader.Is("tool_calls"u8)) ReadCalls(ref reader);
            else if (reader.Is("tool_plan"u8))
            {
                if (reader.ReadText()) _plan.Add(ref reader);
            }
            else if (reader.Is("role"u8))
            {
                if (reader.ReadText()) _choice.SetRole(ref reader);
            }
            else if (reader.Is("citations"u8))
            {
                reader.Read();
                CohereCitations.AddTo(_choice, ref reader, data);
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
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                _plan.Flush(_choice);
                _choice.AddText(ref reader);
                break;
            case JsonTokenType.StartObject:
                ReadBlock(ref reader);
                break;
            case JsonTokenType.StartArray:
                while (reader.NextObject()) ReadBlock(ref reader);
                break;
        }
    }

    /// <summary>Reads <c>{"type":"text","text":"…"}</c> or <c>{"type":"thinking","thinking":"…"}</c>. Deltas have no type.</summary>
    private void ReadBlock(ref Utf8JsonReader reader)
    {
        _plan.Flush(_choice);
        bool isThinking = false;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) isThinking |= reader.ReadText() && reader.Is("thinking"u8);
            else if (reader.Is("thinking"u8) || (isThinking && reader.Is("text"u8)))
            {
                if (reader.ReadText()) _choice.AddReasoning(ref reader);
            }
            else if (reader.Is("text"u8))
            {
                if (reader.ReadText()) _choice.AddText(ref reader);
            }
            else reader.Skip();
        }
    }

    private void ReadCalls(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadCall(ref reader, _index, isWhole: false);
            return;
        }

        if (!reader.TryEnterArray()) return;
        int position = 0;
        while (reader.NextObject()) ReadCall(ref reader, (_isFragment ? _index : 0) + position++, isWhole: !_isFragment);
    }

    private void ReadCall(ref Utf8JsonReader reader, int index, bool isWhole)
    {
        var fragment = new ToolCallFragment { StatedIndex = index, IsWhole = isWhole };
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) fragment.Id = reader.ReadName();
            else if (reader.Is("function"u8)) fragment.ReadFunction(ref reader);
            else reader.Skip();
        }

        _plan.Flush(_choice);
        _calls.Add(_choice, fragment);
    }
}
