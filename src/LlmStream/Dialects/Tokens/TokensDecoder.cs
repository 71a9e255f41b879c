using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Tokens;

/// <summary>
/// Decodes the small formats that applications define between their own server and their own pages: <c>{"token":"…"}</c> or
/// <c>{"content":"…"}</c> for each piece, then <c>{"done":true}</c>, or <c>{"error":"…"}</c>.
/// </summary>
/// <remarks>
/// An answer is complete with <c>done</c>, or else, as in all dialects, with a <c>finish_reason</c>. Nothing is read after
/// <c>done</c>, because the next answer may come over the same connection.
/// </remarks>
internal sealed class TokensDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new("index");

    protected override bool HasEndSignal => IsDone && HasUnderstood;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"token\""u8) >= 0 || json.IndexOf("\"content\""u8) >= 0 || json.IndexOf("\"done\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        Utf8JsonReader finish = default;
        bool isEvent = false, isDone = false;
        while (reader.NextProperty())
        {
            if (reader.Is("token"u8) || reader.Is("content"u8))
            {
                isEvent = true;
                if (reader.ReadText()) Answer.EditChoice(0).AddText(ref reader);
            }
            else if (reader.Is("done"u8))
            {
                isEvent = true;
                isDone = reader.ReadTrue();
            }
            else if (reader.Is("finish_reason"u8)) reader.Remember(ref finish);
            else if (reader.Is("usage"u8)) ReadUsage(ref reader);
            else if (reader.Is("tokens"u8))
            {
                if (Answer.Usage.ReadCount(ref reader, UsageCount.Output, Answer.Recorder)) Observer?.OnUsage();
            }
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownFields);
                reader.Skip();
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isEvent;
        FindError(data, hasAnswer: isEvent);
        if (finish.HasValue()) Finish(Answer.EditChoice(0), ref finish);
        if (!isDone || Fault is not null) return;
        IsDone = true;
        if (!Answer.IsFinished && !HasFailed) Answer.EditChoice(0).Finish("stop", ChatFinishReason.Stop);
    }
}
