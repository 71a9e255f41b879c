using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// Google's generateContent stream (ai.google.dev/api/generate-content), from the Gemini API and from Vertex AI, as server-sent
/// events, as one JSON array, or as JSON lines; with the field names of JSON (<c>finishReason</c>) or of the protocol buffers
/// (<c>finish_reason</c>).
/// </summary>
/// <remarks>
/// An answer is complete after a finish reason on each candidate, or after a blocked prompt.
/// Older models send <c>STOP</c> with every chunk. Then a broken connection is detected, but not a clean end between two chunks.
/// </remarks>
internal sealed class GeminiDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new(
        "traceId", "modelStatus", "model_status", "sdkHttpResponse", "automaticFunctionCallingHistory",
        "remainingCredits", "consumedCredits");

    private static readonly FieldNames KnownCandidateFields = new(
        "safetyRatings", "safety_ratings", "tokenCount", "token_count", "avgLogprobs", "avg_logprobs", "logprobsResult", "logprobs_result",
        "urlContextMetadata", "url_context_metadata", "groundingAttributions");

    private readonly List<GeminiCalls> _calls = [];

    protected override bool HasTemplates => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"candidates\""u8) >= 0 || json.IndexOf("\"usageMetadata\""u8) >= 0
        || json.IndexOf("\"promptFeedback\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.Read();
        bool isChunk = false;
        if (reader.TokenType == JsonTokenType.StartObject) isChunk = ReadChunk(ref reader, data);
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            // The whole JSON array in one event.
            while (reader.NextObject()) isChunk |= ReadChunk(ref reader, data);
        }
        else throw new JsonException("A chunk is an object");

        reader.RequireEnd();
        HasUnderstood |= isChunk;
        FindError(data, hasAnswer: isChunk);
    }

    /// <returns>Whether the object is a chunk of this dialect.</returns>
    private bool ReadChunk(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        Utf8JsonReader feedback = default;
        bool isChunk = false, hasCandidate = false, hasUsage = false, hasFeedback = false;
        while (reader.NextProperty())
        {
            if (reader.Is("candidates"u8))
            {
                reader.Read();
                isChunk = true;
                hasCandidate |= ReadCandidates(ref reader, data);
            }
            else if (reader.Is("usageMetadata"u8) || reader.Is("usage_metadata"u8))
            {
                isChunk = true;
                hasUsage |= ReadUsage(ref reader);
            }
            else if (reader.Is("modelVersion"u8) || reader.Is("model_version"u8)) ReadModel(ref reader);
            else if (reader.Is("responseId"u8) || reader.Is("response_id"u8)) ReadId(ref reader);
            else if (reader.Is("createTime"u8) || reader.Is("create_time"u8)) ReadCreateTime(ref reader);
            else if (reader.Is("promptFeedback"u8) || reader.Is("prompt_feedback"u8))
                isChunk |= hasFeedback = reader.Remember(ref feedback);
            else if (reader.Is("response"u8))
            {
                reader.Read(); // Code Assist wraps each chunk in an object
                if (reader.TokenType == JsonTokenType.StartObject) isChunk |= ReadChunk(ref reader, data);
                else reader.Skip();
                hasCandidate = hasUsage = true;
            }
            else if (TakeErrorField(ref reader))
            {
                // Decode looks for the error.
            }
            else
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        bool isBlocked = hasFeedback && !hasCandidate && ReadFeedback(ref feedback);
        if (isChunk && !hasCandidate && !hasUsage && !isBlocked) Observer?.OnEventWithoutChoices();
        return isChunk;
    }

    private bool ReadCandidates(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        if (!reader.TryEnterArray()) return false;

        bool any = false;
        while (reader.NextItem())
        {
            any = true;
            if (reader.TokenType == JsonTokenType.StartObject) ReadCandidate(ref reader, data);
            else reader.Skip();
        }

        return any;
    }

    private void ReadCandidate(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        int index = 0;
        Utf8JsonReader content = default, finish = default, message = default, citations = default, grounding = default;
        bool hasContent = false, hasFinish = false, hasMessage = false, hasCitations = false, hasGrounding = false;

        // The index is the last field.
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8)) hasContent = reader.Remember(ref content);
            else if (reader.Is("finishReason"u8) || reader.Is("finish_reason"u8)) hasFinish = reader.Remember(ref finish);
            else if (reader.Is("index"u8)) index = reader.ReadIndex();
            else if (reader.Is("finishMessage"u8) || reader.Is("finish_message"u8)) hasMessage = reader.Remember(ref message);
            else if (reader.Is("citationMetadata"u8) || reader.Is("citation_metadata"u8)) hasCitations = reader.Remember(ref citations);
            else if (reader.Is("groundingMetadata"u8) || reader.Is("grounding_metadata"u8)) hasGrounding = reader.Remember(ref grounding);
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownCandidateFields, "candidates[].");
                Answer.Recorder.Ignore(ref reader); // safety ratings may have other scores in each chunk
            }
        }

        var parts = new GeminiParts(Answer, Answer.EditChoice(index), CallsOf(index), Observer, data);
        if (hasContent) parts.ReadContent(ref content);
        if (hasCitations) parts.AddCitations(ref citations, GeminiCitations.OfCitations);
        if (hasGrounding) parts.AddCitations(ref grounding, GeminiCitations.OfGrounding);
        if (!hasFinish || GeminiFinishReasons.Read(ref finish) is not { } reason) return;
        string? text = hasMessage && message.HasText() ? message.Decode() : null;
        if (text is not null) parts.AddError(reason, text);
        Finish(Answer.EditChoice(index), reason, text);
    }

    /// <summary>Reads the reason why there is no candidate.</summary>
    /// <returns>Whether the prompt was blocked.</returns>
    private bool ReadFeedback(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        string? reason = null, message = null;
        while (reader.NextProperty())
        {
            if (reader.Is("blockReason"u8) || reader.Is("block_reason"u8))
            {
                reader.Read();
                reason = GeminiFinishReasons.Read(ref reader);
                reader.Skip();
            }
            else if (reader.Is("blockReasonMessage"u8) || reader.Is("block_reason_message"u8)) message = reader.ReadString();
            else reader.Skip();
        }

        if (reason is null) return false;
        ChoiceBuilder choice = Answer.EditChoice(0);
        new GeminiParts(Answer, choice, CallsOf(0), Observer, default)
            .AddError(reason, string.IsNullOrEmpty(message) ? "The prompt was blocked." : message);
        Observer?.OnFinishReason();
        choice.Finish(reason, ChatFinishReason.ContentFilter);
        return true;
    }

    private void Finish(ChoiceBuilder choice, string reason, string? message)
    {
        Observer?.OnFinishReason();
        Finish(choice, reason, GeminiFinishReasons.Understand(reason, choice.HasToolCalls), message);
    }

    private GeminiCalls CallsOf(int index)
    {
        GeminiCalls? calls = _calls.Count > 0 && _calls[0].ChoiceIndex == index ? _calls[0] : _calls.Find(c => c.ChoiceIndex == index);
        if (calls is null) _calls.Add(calls = new GeminiCalls(index));
        return calls;
    }

    private void ReadCreateTime(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (Answer.Info.CreatedAt is null && reader.ToTime() is { } created) Answer.Info = Answer.Info with { CreatedAt = created };
        Skip(ref reader, isKnown: Answer.Info.CreatedAt is not null);
    }
}
