using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Decodes the chunks of OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat-streaming), and all deviations from them
/// that providers with compatible endpoints are known to send.
/// </summary>
/// <remarks>
/// <para>
/// An answer is complete with a finish reason on each choice, or with <c>[DONE]</c> after a choice. Either is enough: Cerebras and
/// Perplexity never send the marker, Snowflake and OpenAI's audio models never a finish reason.
/// </para>
/// <para>
/// Also reads the format of Cloudflare Workers AI, <c>{"response":"…"}</c> (developers.cloudflare.com/workers-ai), which ends with the
/// marker, and chunks that the orchestration of SAP AI Core wraps in <c>final_result</c> or, in version 1, <c>orchestration_result</c>
/// (help.sap.com/docs/sap-ai-core).
/// </para>
/// </remarks>
internal sealed class OpenAIDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    // Known fields that are not read. All others are reported to the observer.
    private static readonly FieldNames KnownFields = new(
        "object", "system_fingerprint", "service_tier", "provider", "obfuscation", "p", "prompt_filter_results", "prompt_annotations",
        "timings", "time_info", "prompt_token_ids", "kv_transfer_params", "type", "moderation");

    private static readonly FieldNames KnownChoiceFields = new(
        "logprobs", "content_filter_results", "content_filter_offsets", "content_filter_result", "stop_reason",
        "token_ids", "matched_stop", "seed", "trace_details");

    protected override bool HasTemplates => true;

    // Whether something of the answer came. Usage, and an empty list of choices, are not: other formats have them too.
    private bool _hasAnswer;

    // What the current event holds.
    private bool _isChunk;
    private bool _hasChoice;
    private bool _hasUsage;
    private bool _hasFailureCode;

    // The values of the fields with sources that were read last, by which a repetition is recognized.
    private byte[] _results = [];
    private byte[] _sources = [];

    protected override bool HasEndSignal => IsDone && _hasAnswer;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"choices\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        _isChunk = _hasChoice = _hasUsage = _hasFailureCode = false;
        ReadChunk(ref reader, data);
        reader.RequireEnd();
        HasUnderstood |= _isChunk;
        if (_isChunk && !_hasChoice && !_hasUsage) Observer?.OnEventWithoutChoices();
        // A code may be anything, unless nothing else came with it.
        FindError(data, hasAnswer: _hasChoice && (!_hasFailureCode || Answer.HasChangesBesideRole));
    }

    protected override bool DescribesEvents => true;

    protected override SharedTemplate? Describe(string eventType, ReadOnlySpan<byte> json) =>
        new OpenAIEventForm(Dialect).TryCreate(eventType, json);

    // Before anything else of the format, an event without choices may be one of another format.
    protected override bool MayApply(in SharedMatch match) => match.Template.Effect is not SharedEffect.NoChoices || HasUnderstood;

    protected override void Apply(in SharedMatch match)
    {
        SharedTemplate template = match.Template;
        HasUnderstood = true;
        _hasAnswer |= template.HasChoice && template.Effect is not SharedEffect.NoMessage;
        ApplyInOrder(match);
        if (template.Finish is { } name) Finish(Answer.EditChoice(match.Choice), name, Dialect.FinishReasons.ToReason(name));
    }

    private void ReadChunk(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        Utf8JsonReader response = default, calls = default;
        ReadOnlySpan<byte> results = default, sources = default;
        bool hasChoices = false;
        while (reader.NextProperty())
        {
            if (reader.Is("choices"u8))
            {
                _isChunk = hasChoices = true;
                _hasChoice |= ReadChoices(ref reader);
            }
            else if (reader.Is("usage"u8)) _hasUsage |= ReadUsage(ref reader);
            else if (reader.Is("id"u8)) ReadId(ref reader);
            else if (reader.Is("model"u8)) ReadModel(ref reader);
            else if (reader.Is("created"u8)) ReadCreated(ref reader); // 0 in the first chunk from Azure
            else if (reader.Is("x_groq"u8)) _hasUsage |= ReadGroq(ref reader);
            else if (reader.Is("final_result"u8) || reader.Is("orchestration_result"u8))
            {
                if (reader.ReadObject()) ReadChunk(ref reader, json);
            }
            else if (reader.Is("response"u8)) reader.Remember(ref response);
            else if (reader.Is("tool_calls"u8)) reader.Remember(ref calls);
            else if (reader.Is("code"u8)) _hasFailureCode = ReadFailureCode(ref reader); // Spark sends 0 in every chunk
            else if (MessageContents.SourceFields.Contains(ref reader)) RememberSources(ref reader, json, ref results, ref sources);
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        bool isResponse = response.TokenType == JsonTokenType.String || calls.TokenType == JsonTokenType.StartArray;
        if (isResponse && !hasChoices) ReadResponse(ref response, ref calls);
        if (!_isChunk) return;
        // Results have titles, and come first: addresses that they repeat are not added again.
        AddSources("search_results", results, ref _results);
        AddSources("citations", sources, ref _sources);
    }

    /// <summary>Reads Cloudflare's own format: the text, and the calls, whole and without ids.</summary>
    private void ReadResponse(ref Utf8JsonReader text, ref Utf8JsonReader calls)
    {
        _isChunk = _hasChoice = _hasAnswer = true;
        ChoiceBuilder choice = Answer.EditChoice(0);
        if (text.HasText()) choice.AddText(ref text);
        if (!calls.TryEnterArray()) return;
        int position = 0;
        while (calls.NextObject())
        {
            var fragment = new ToolCallFragment { Position = position++, IsComplete = true };
            while (calls.NextProperty())
            {
                if (calls.Is("name"u8)) fragment.Name = calls.ReadString();
                else if (calls.Is("arguments"u8)) fragment.ReadArguments(ref calls);
                else if (calls.Is("function"u8)) fragment.ReadFunction(ref calls);
                else calls.Skip();
            }

            if (!string.IsNullOrWhiteSpace(fragment.Name)) choice.AddToolCall(fragment);
        }
    }

    private static void RememberSources(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref ReadOnlySpan<byte> results, ref ReadOnlySpan<byte> sources)
    {
        bool isResults = !reader.Is("citations"u8) && !reader.Is("references"u8);
        reader.Read();
        ReadOnlySpan<byte> value = reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? reader.Slice(json) : default;
        if (isResults) results = value;
        else sources = value;
    }

    /// <summary>Adds the sources of the answer, which are next to the choices, to the first choice.</summary>
    /// <remarks>Perplexity repeats them in every chunk. Each is added once, so that a repetition of all adds none.</remarks>
    private void AddSources(string field, ReadOnlySpan<byte> value, ref byte[] latest)
    {
        if (value.IsEmpty) return;
        int index = Answer.Choices.Count > 0 ? Answer.Choices[0].Index : 0;
        ChoiceBuilder choice = Answer.EditChoice(index);
        if (value.SequenceEqual(latest)) return;
        MessageContents.AddSources(choice, field, JsonText.ParseElement(value));
        latest = value.ToArray();
    }

    /// <summary>Reads the usage, and whether there is an error, from Groq's own field.</summary>
    private bool ReadGroq(ref Utf8JsonReader reader)
    {
        bool any = false;
        if (!reader.ReadObject()) return false;
        while (reader.NextProperty())
        {
            if (reader.Is("usage"u8)) any |= ReadUsage(ref reader);
            else if (!TakeErrorField(ref reader)) reader.Skip();
        }

        return any;
    }

    /// <returns>Whether the list has any element.</returns>
    private bool ReadChoices(ref Utf8JsonReader reader)
    {
        bool any = false;
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) // one choice without a list
        {
            ReadChoice(ref reader);
            return true;
        }

        if (!reader.TryEnterArray()) return false;
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
        Utf8JsonReader delta = default, message = default, text = default, finish = default, native = default;
        Answer.Recorder.BeginChoice();

        // The index may come after the fields that it applies to.
        while (reader.NextProperty())
        {
            if (reader.Is("delta"u8)) reader.Remember(ref delta);
            else if (reader.Is("index"u8))
            {
                index = reader.ReadIndex();
                Answer.Recorder.NoteChoiceIndex(ref reader);
            }
            else if (reader.Is("finish_reason"u8)) reader.Remember(ref finish);
            else if (reader.Is("native_finish_reason"u8)) reader.Remember(ref native);
            else if (reader.Is("message"u8)) reader.Remember(ref message);
            else if (reader.Is("text"u8)) reader.Remember(ref text);
            else if (reader.Is("usage"u8)) ReadUsage(ref reader); // from Moonshot
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.EditChoice(index);
        // Perplexity and Writer send the message so far in addition to the delta. Without a delta, the message is the answer: the server
        // does not stream, or the last chunk repeats the whole answer.
        _hasAnswer |= delta.HasValue() || message.HasValue() || text.HasValue();
        if (delta.HasValue())
        {
            NoteError(new MessageReader(choice, Observer, isWhole: false).Read(ref delta));
            // Beside a delta, the message so far and the text have no effect, and change from chunk to chunk.
            if (message.HasValue()) Answer.Recorder.Ignore(ref message);
            if (text.HasValue()) Answer.Recorder.Ignore(ref text);
        }
        else if (message.HasValue()) NoteError(new MessageReader(choice, Observer, isWhole: true).Read(ref message));
        else if (text.HasText()) choice.AddText(ref text); // the older Completions
        Finish(choice, ref finish);
        NoteFailure(ref native);
    }
}
