using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>
/// Ollama's native format (docs.ollama.com/api): one JSON object per line. <c>/api/chat</c> sends <c>message</c>,
/// <c>/api/generate</c> sends <c>response</c>; an error during the stream is a line <c>{"error":"…"}</c>.
/// </summary>
/// <remarks>
/// An answer is complete after <c>"done":true</c>, in the line with the counts; nothing is read after that. Without it, a
/// <c>done_reason</c> completes the answer, as a finish reason does in all dialects. Versions before 0.1.38 do not send one.
/// </remarks>
internal sealed class OllamaDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new(
        "context", "logprobs", "remote_model", "remote_host", "_debug_info", "completed", "total");

    private bool _isWhole;

    protected override bool HasEndSignal => _isWhole;

    protected override bool HasTemplates => true;

    protected override bool MarkerMayFollow => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"message\""u8) >= 0 || json.IndexOf("\"response\""u8) >= 0 || json.IndexOf("\"done\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();

        Utf8JsonReader message = default, finish = default;
        bool isChunk = false, isDone = false, hasMessage = false, hasFinish = false, hasCounts = false;
        UsageCounts counts = Answer.Usage; // a copy, so that nothing is kept of a malformed line

        // /api/generate has these fields in the line itself.
        var own = new OllamaMessage();
        while (reader.NextProperty())
        {
            if (reader.Is("message"u8)) hasMessage = reader.Remember(ref message) && message.TokenType == JsonTokenType.StartObject;
            else if (reader.Is("response"u8)) isChunk |= reader.Remember(ref own.Text) && own.Text.TokenType == JsonTokenType.String;
            else if (own.Take(ref reader))
            {
                // thinking, tool_calls, image
            }
            else if (reader.Is("done"u8))
            {
                reader.Read();
                isChunk |= reader.TokenType is JsonTokenType.True or JsonTokenType.False;
                isDone = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.Is("done_reason"u8)) hasFinish = reader.Remember(ref finish);
            else if (reader.Is("model"u8)) ReadModel(ref reader);
            else if (reader.Is("created_at"u8)) ReadCreatedAt(ref reader);
            else if (TakeErrorField(ref reader))
            {
                // FindError looks for it.
            }
            else if (Dialect.UsageFields.TryFind(ref reader, out UsageFields.Field? field))
                hasCounts |= counts.ReadCount(ref reader, field.Count, Answer.Recorder);
            else
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        isChunk |= hasMessage;
        HasUnderstood |= isChunk;
        if (hasCounts)
        {
            Answer.Usage = counts;
            Observer?.OnUsage();
        }

        if (hasMessage) OllamaMessage.Of(ref message, Observer).AddTo(Answer.EditChoice(0));
        else if (isChunk) own.AddTo(Answer.EditChoice(0));
        FindError(data, hasAnswer: isChunk);
        if (isDone) End(hasFinish, ref finish);
        else if (hasFinish && isChunk && Fault is null) Finish(Answer.EditChoice(0), ref finish);
    }

    private void End(bool hasFinish, ref Utf8JsonReader finish)
    {
        Answer.Recorder.Discard();
        if (Fault is not null) return;
        IsDone = _isWhole = true;
        Observer?.OnEndMarker();
        ChoiceBuilder choice = Answer.EditChoice(0);
        if (hasFinish) Finish(choice, ref finish);
        if (HasFailed) return;
        // "stop" is also sent for an answer that calls tools.
        if (choice.FinishReason is null || choice.FinishReason == ChatFinishReason.Stop)
            choice.Finish(choice.ProviderFinish ?? "", choice.HasToolCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop);
    }

    /// <summary>Reads the time at which a line was created. The first is that of the answer.</summary>
    private void ReadCreatedAt(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (Answer.Info.CreatedAt is null && reader.ToTime() is { } created) Answer.Info = Answer.Info with { CreatedAt = created };
        if (Answer.Info.CreatedAt is not null) Answer.Recorder.Ignore(ref reader);
        else reader.Skip();
    }
}
