using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects.Cohere;

/// <summary>Where in one event of Cohere's its fields stand: the type, which says what the others mean, may come behind them.</summary>
internal ref struct CohereEvent(ReadOnlySpan<byte> data)
{
    // What events are known to carry besides. Only what is not listed here is reported as unusual.
    private static readonly FieldNames KnownFields = new(
        "is_finished", "logprobs", "prompt", "search_queries", "search_results", "documents", "is_search_required", "chat_history", "response_type",
        "response_id", "error_type", "amazon-bedrock-invocationMetrics");

    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>The values, from the first byte to the last. Empty where there is none, or null.</summary>
    public Range Type, Delta, Message, Text, Finish, Usage, Calls, CallDelta, Citations, Response, Id, Error;
    public int Index;

    /// <summary>Reads the names of the fields of an event, or of an answer in one piece. The reader stands on the object's start.</summary>
    public void Read(ref Utf8JsonReader reader, IDecodingObserver? observer)
    {
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8) || reader.Is("event_type"u8)) Type = Take(ref reader);
            else if (reader.Is("delta"u8)) Delta = Take(ref reader);
            else if (reader.Is("index"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out Index)) Index = 0;
                reader.Skip();
            }
            else if (reader.Is("message"u8)) Message = Take(ref reader);
            else if (reader.Is("text"u8)) Text = Take(ref reader);
            else if (reader.Is("finish_reason"u8)) Finish = Take(ref reader);
            else if (reader.Is("usage"u8) || reader.Is("meta"u8)) Usage = Take(ref reader);
            else if (reader.Is("tool_calls"u8)) Calls = Take(ref reader);
            else if (reader.Is("tool_call_delta"u8)) CallDelta = Take(ref reader);
            else if (reader.Is("citations"u8)) Citations = Take(ref reader);
            else if (reader.Is("response"u8)) Response = Take(ref reader);
            else if (reader.Is("id"u8) || reader.Is("generation_id"u8)) Id = Take(ref reader);
            else if (reader.Is("error"u8)) Error = Take(ref reader);
            else
            {
                observer.NoteField(ref reader, KnownFields);
                reader.Skip();
            }
        }
    }

    /// <summary>Whether there is a value.</summary>
    public static bool Has(Range place) => place.End.Value > 0;

    /// <summary>The bytes of a value.</summary>
    public readonly ReadOnlySpan<byte> Bytes(Range place) => _data[place];

    /// <summary>A reader that stands on the start of a value; where there is none, on nothing.</summary>
    public readonly Utf8JsonReader Open(Range place)
    {
        if (!Has(place)) return default;
        var reader = new Utf8JsonReader(_data[place], JsonOptions.Reader);
        reader.Read();
        return reader;
    }

    /// <summary>Notes the value of the field that the reader stands on. The reader has to have begun with the event.</summary>
    private static Range Take(ref Utf8JsonReader reader)
    {
        reader.Read();
        int start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.Null) return default;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }
}
