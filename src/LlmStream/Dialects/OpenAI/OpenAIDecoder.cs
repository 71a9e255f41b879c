using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// OpenAI's Chat Completions chunks (platform.openai.com/docs/api-reference/chat-streaming), and every deviation from
/// them that providers of compatible endpoints have been seen to send.
/// </summary>
/// <remarks>
/// The dialect's signals: a finish reason on each choice, or <c>[DONE]</c>. Cerebras and Perplexity never send the
/// marker, Snowflake and OpenAI's audio models never a finish reason; so either is enough.
/// </remarks>
internal sealed class OpenAIDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : ChatDecoder(dialect, answer, observer)
{
    // What chunks are known to carry besides the answer. Only what is not listed here is reported as unusual.
    private static readonly FieldNames KnownFields = new(
        "object", "system_fingerprint", "service_tier", "provider", "obfuscation", "p", "prompt_filter_results", "prompt_annotations",
        "timings", "time_info", "x_groq", "citations", "search_results", "prompt_token_ids", "kv_transfer_params", "type", "moderation");

    private static readonly FieldNames KnownChoiceFields = new(
        "logprobs", "native_finish_reason", "content_filter_results", "content_filter_offsets", "content_filter_result", "stop_reason", "token_ids",
        "matched_stop", "seed", "trace_details");

    protected override bool HasTemplates => true;

    public override bool IsComplete => Answer.IsFinished || (IsDone && HasUnderstood);

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"choices\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("A chunk is an object");

        bool isChunk = false, hasError = false, hasChoice = false, hasUsage = false;
        while (reader.NextProperty())
        {
            if (reader.Is("choices"u8))
            {
                reader.Read();
                isChunk = true;
                hasChoice |= ReadChoices(ref reader);
            }
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                isChunk |= hasUsage |= ReadUsage(ref reader);
            }
            else if (reader.Is("id"u8)) TakeId(ref reader);
            else if (reader.Is("model"u8)) TakeModel(ref reader);
            else if (reader.Is("created"u8)) TakeCreated(ref reader);
            else if (reader.Is("x_groq"u8)) isChunk |= hasUsage |= ReadGroq(ref reader);
            else if (reader.Is("error"u8))
            {
                hasError |= reader.ReadPresence();
            }
            else
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isChunk;
        if (isChunk && !hasChoice && !hasUsage) Observer?.OnEventWithoutChoices();
        // Beside choices only an "error" is one; a "code" or a "detail" there is a provider's fancy. Alone it may be made of anything.
        if (hasError || !isChunk) Fail(ProviderFault.TryRead(data, isError: false));
    }

    private bool ReadGroq(ref Utf8JsonReader reader)
    {
        bool any = false;
        if (!reader.ReadObject()) return false;

        while (reader.NextProperty())
        {
            bool isUsage = reader.Is("usage"u8);
            reader.Read();
            if (isUsage) any |= ReadUsage(ref reader);
            else reader.Skip();
        }

        return any;
    }

    /// <returns>Whether there was a choice.</returns>
    private bool ReadChoices(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterArray()) return false;

        bool any = false;
        while (reader.NextItem())
        {
            any = true;
            if (reader.TokenType == JsonTokenType.StartObject) ReadChoice(ref reader);
            else reader.Skip();
        }

        return any;
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        int index = 0;
        Utf8JsonReader delta = default, message = default, text = default, finish = default;
        bool hasDelta = false, hasMessage = false, hasText = false, hasFinish = false;

        // The index may stand behind what it is the index of: remember the places, and come back to them.
        while (reader.NextProperty())
        {
            if (reader.Is("delta"u8)) hasDelta = reader.Remember(ref delta);
            else if (reader.Is("index"u8)) index = reader.ReadIndex();
            else if (reader.Is("finish_reason"u8)) hasFinish = reader.Remember(ref finish);
            else if (reader.Is("message"u8)) hasMessage = reader.Remember(ref message);
            else if (reader.Is("text"u8)) hasText = reader.Remember(ref text);
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader); // Moonshot
            }
            else
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.Touch(index);
        // Perplexity and Writer send the message so far beside the delta. Where there is no delta it is the answer: a
        // server that does not stream, or a last chunk that repeats the whole.
        if (hasDelta) new MessageReader(choice, Observer, isWhole: false).Read(ref delta);
        else if (hasMessage) new MessageReader(choice, Observer, isWhole: true).Read(ref message);
        else if (hasText && text.TokenType == JsonTokenType.String) choice.AddText(ref text); // the older Completions
        if (hasFinish) Finish(choice, ref finish);
    }
}
