using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// The fields of one event of Cohere, as places to read from. The type, which determines the meaning of the others, may come after them.
/// </summary>
internal ref struct CohereEvent(ReadOnlySpan<byte> data)
{
    // Known fields that are not read. All others are reported to the observer.
    private static readonly FieldNames KnownFields = new(
        "is_finished", "logprobs", "prompt", "search_queries", "search_results", "documents", "is_search_required", "chat_history",
        "response_type", "response_id", "error_type", "amazon-bedrock-invocationMetrics");

    /// <summary>Readers of the fields. The default if there is no such field.</summary>
    public Utf8JsonReader Type, Delta, Message, Text, Finish, Usage, Calls, CallDelta, Citations, Response, Id, Error;
    public int Index;

    /// <summary>All bytes that the readers read.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Finds the fields of an event, or of an answer that is not streamed. The reader is on the start of the object.</summary>
    public void Read(ref Utf8JsonReader reader, IDecodingObserver? observer, TemplateRecorder recorder)
    {
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8) || reader.Is("event_type"u8)) reader.Remember(ref Type);
            else if (reader.Is("delta"u8)) reader.Remember(ref Delta);
            else if (reader.Is("index"u8)) Index = reader.ReadInt32() ?? 0;
            else if (reader.Is("message"u8)) reader.Remember(ref Message);
            else if (reader.Is("text"u8)) reader.Remember(ref Text);
            else if (reader.Is("finish_reason"u8)) reader.Remember(ref Finish);
            else if (reader.Is("usage"u8) || reader.Is("meta"u8)) reader.Remember(ref Usage);
            else if (reader.Is("tool_calls"u8)) reader.Remember(ref Calls);
            else if (reader.Is("tool_call_delta"u8)) reader.Remember(ref CallDelta);
            else if (reader.Is("citations"u8)) reader.Remember(ref Citations);
            else if (reader.Is("response"u8)) reader.Remember(ref Response);
            else if (reader.Is("id"u8) || reader.Is("generation_id"u8)) reader.Remember(ref Id);
            else if (reader.Is("error"u8)) reader.Remember(ref Error);
            else
            {
                observer.NoteField(ref reader, KnownFields);
                recorder.Ignore(ref reader);
            }
        }
    }
}
