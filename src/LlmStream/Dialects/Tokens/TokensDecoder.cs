using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Tokens;

/// <summary>
/// The small format that applications make up for themselves, between a model and their own pages: <c>{"token":"…"}</c>
/// or <c>{"content":"…"}</c> for each piece, <c>{"done":true}</c> behind the last, <c>{"error":"…"}</c> instead of it.
/// </summary>
/// <remarks>The dialect's signal: <c>done</c>. Nothing is read behind it, because the next answer may come over the same connection.</remarks>
internal sealed class TokensDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new("index");

    public override bool IsComplete => IsDone && HasUnderstood;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"token\""u8) >= 0 || json.IndexOf("\"content\""u8) >= 0 || json.IndexOf("\"done\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("An event is an object");

        Utf8JsonReader finish = default;
        bool isEvent = false, isDone = false, hasFinish = false, mayBeError = false;
        while (reader.NextProperty())
        {
            if (reader.Is("token"u8) || reader.Is("content"u8))
            {
                reader.Read();
                isEvent = true;
                if (reader.TokenType == JsonTokenType.String) Answer.Touch(0).AddText(reader.ValueSpan, reader.ValueIsEscaped);
                reader.Skip();
            }
            else if (reader.Is("done"u8))
            {
                reader.Read();
                isEvent = true;
                isDone = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.Is("finish_reason"u8)) hasFinish = reader.Remember(ref finish);
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.Is("tokens"u8))
            {
                if (Answer.Usage.ReadFigure(ref reader, UsageFigure.Output, Answer.Recorder)) Observer?.OnUsage();
                reader.Skip();
            }
            else
            {
                // "error", and "message" and "detail" of which errors are made too.
                mayBeError |= !KnownFields.Contains(ref reader);
                if (!reader.Is("error"u8)) Observer.NoteField(ref reader, KnownFields);
                reader.Skip();
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isEvent;
        if (mayBeError && (!isEvent || ProviderFault.HasErrorField(data))) Fail(ProviderFault.TryRead(data, isError: false));
        if (hasFinish) Finish(Answer.Touch(0), ref finish);
        if (!isDone || Fault is not null) return;
        IsDone = true;
        if (!Answer.IsFinished) Answer.Touch(0).Finish("stop", ChatFinishReason.Stop);
    }
}
