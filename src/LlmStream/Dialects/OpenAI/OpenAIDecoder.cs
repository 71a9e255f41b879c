using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Decodes the chunks of OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat-streaming), and all deviations from them
/// that providers with compatible endpoints are known to send.
/// </summary>
/// <remarks>
/// An answer is complete with a finish reason on each choice, or with <c>[DONE]</c>. Either is enough: Cerebras and Perplexity never send
/// the marker, Snowflake and OpenAI's audio models never a finish reason.
/// </remarks>
internal sealed class OpenAIDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    // Known fields that are not read. All others are reported to the observer.
    private static readonly FieldNames KnownFields = new(
        "object", "system_fingerprint", "service_tier", "provider", "obfuscation", "p", "prompt_filter_results", "prompt_annotations",
        "timings", "time_info", "citations", "search_results", "prompt_token_ids", "kv_transfer_params", "type", "moderation");

    private static readonly FieldNames KnownChoiceFields = new(
        "logprobs", "native_finish_reason", "content_filter_results", "content_filter_offsets", "content_filter_result", "stop_reason",
        "token_ids", "matched_stop", "seed", "trace_details");

    protected override bool HasTemplates => true;

    public override bool IsComplete => Answer.IsFinished || (IsDone && HasUnderstood);

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"choices\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        bool isChunk = false, hasError = false, hasChoice = false, hasUsage = false;
        while (reader.NextProperty())
        {
            if (reader.Is("choices"u8))
            {
                isChunk = true;
                hasChoice |= ReadChoices(ref reader);
            }
            else if (reader.Is("usage"u8)) isChunk |= hasUsage |= ReadUsage(ref reader);
            else if (reader.Is("id"u8)) ReadId(ref reader);
            else if (reader.Is("model"u8)) ReadModel(ref reader);
            else if (reader.Is("created"u8)) ReadCreated(ref reader); // 0 in the first chunk from Azure
            else if (reader.Is("x_groq"u8)) isChunk |= hasUsage |= ReadGroq(ref reader);
            else if (reader.Is("error"u8)) hasError |= reader.ReadPresence();
            else
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isChunk;
        if (isChunk && !hasChoice && !hasUsage) Observer?.OnEventWithoutChoices();
        // In a chunk only "error" is an error: "code" and "detail" are provider-specific fields. Without choices any form of error is one.
        if (hasError || !isChunk) Fail(ProviderFault.TryRead(data, isError: false));
    }

    /// <summary>Reads the usage from Groq's own field.</summary>
    private bool ReadGroq(ref Utf8JsonReader reader)
    {
        bool any = false;
        if (!reader.ReadObject()) return false;
        while (reader.NextProperty())
        {
            if (reader.Is("usage"u8)) any |= ReadUsage(ref reader);
            else reader.Skip();
        }

        return any;
    }

    /// <returns>Whether the list has any element.</returns>
    private bool ReadChoices(ref Utf8JsonReader reader)
    {
        bool any = false;
        if (!reader.ReadArray()) return false;
        while (reader.NextItem())
        {
            any = true;
            if (reader.TryEnterObject()) ReadChoice(ref reader);
        }

        return any;
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        int index = 0;
        Utf8JsonReader delta = default, message = default, text = default, finish = default;

        // The index may come after the fields that it applies to.
        while (reader.NextProperty())
        {
            if (reader.Is("delta"u8)) reader.Remember(ref delta);
            else if (reader.Is("index"u8)) index = reader.ReadIndex();
            else if (reader.Is("finish_reason"u8)) reader.Remember(ref finish);
            else if (reader.Is("message"u8)) reader.Remember(ref message);
            else if (reader.Is("text"u8)) reader.Remember(ref text);
            else if (reader.Is("usage"u8)) ReadUsage(ref reader); // from Moonshot
            else
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.EditChoice(index);
        // Perplexity and Writer send the message so far in addition to the delta. Without a delta, the message is the answer: the server
        // does not stream, or the last chunk repeats the whole answer.
        if (delta.HasValue()) new MessageReader(choice, Observer, isWhole: false).Read(ref delta);
        else if (message.HasValue()) new MessageReader(choice, Observer, isWhole: true).Read(ref message);
        else if (text.HasText()) choice.AddText(ref text); // the older Completions
        Finish(choice, ref finish);
    }
}
