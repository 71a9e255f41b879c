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
/// An answer is complete with <c>done</c>. Nothing is read after it, because the next answer may come over the same connection.
/// </remarks>
internal sealed class TokensDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new("index");

    public override bool IsComplete => IsDone && HasUnderstood;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"token\""u8) >= 0 || json.IndexOf("\"content\""u8) >= 0 || json.IndexOf("\"done\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        Utf8JsonReader finish = default;
        bool isEvent = false, isDone = false, mayBeError = false;
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
            else
            {
                // "error", but errors may also consist of a "message" or a "detail".
                mayBeError |= !KnownFields.Contains(ref reader);
                if (!reader.Is("error"u8)) Observer.NoteField(ref reader, KnownFields);
                reader.Skip();
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isEvent;
        if (mayBeError && (!isEvent || ProviderFault.HasErrorField(data))) Fail(ProviderFault.TryRead(data, isError: false));
        if (finish.HasValue()) Finish(Answer.EditChoice(0), ref finish);
        if (!isDone || Fault is not null) return;
        IsDone = true;
        if (!Answer.IsFinished) Answer.EditChoice(0).Finish("stop", ChatFinishReason.Stop);
    }
}
