using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Dialects.OpenAI;
using LlmStream.Json;

namespace LlmStream.Dialects.DashScope;

/// <summary>
/// DashScope's own format (help.aliyun.com/zh/model-studio): <c>output.text</c> or <c>output.choices[].message</c>,
/// in increments or as the whole so far.
/// </summary>
/// <remarks>The dialect's signal: a finish reason on each choice. There is no marker behind it.</remarks>
internal sealed class DashScopeDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new("status_code", "id", "success");

    private static readonly FieldNames KnownOutputFields = new(
        "session_id", "thoughts", "doc_references", "workflow_message", "search_info", "tool_info", "audio", "query", "task_id", "event", "request_id");

    private static readonly FieldNames KnownChoiceFields = new("logprobs", "content_filter");

    protected override bool HasTemplates => true;

    protected override bool ReadsDoneMarker => false;

    public override bool IsComplete => Answer.IsFinished;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"output\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("A chunk is an object");

        bool hasOutput = false, hasCode = false;
        while (reader.NextProperty())
        {
            if (reader.Is("output"u8))
            {
                reader.Read();
                hasOutput |= reader.TokenType == JsonTokenType.StartObject;
                ReadOutput(ref reader);
            }
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.Is("request_id"u8)) TakeRequestId(ref reader);
            else if (reader.Is("code"u8))
            {
                reader.Read();
                hasCode = reader.HasText();
                reader.Skip();
            }
            else if (reader.Is("error"u8))
            {
                hasCode |= reader.ReadPresence();
            }
            else
            {
                if (!reader.Is("message"u8)) Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        HasUnderstood |= hasOutput;
        // Success carries an empty code, or none.
        if (hasCode || !hasOutput) Fail(ProviderFault.TryRead(data, isError: hasCode));
    }

    private void ReadOutput(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterObject()) return;

        Utf8JsonReader finish = default;
        bool hasFinish = false;
        while (reader.NextProperty())
        {
            if (reader.Is("choices"u8))
            {
                reader.Read();
                ReadChoices(ref reader);
            }
            else if (reader.Is("text"u8))
            {
                if (reader.ReadText()) Answer.Touch(0).AddText(ref reader);
            }
            else if (reader.Is("message"u8))
            {
                if (reader.ReadObject()) new MessageReader(Answer.Touch(0), Observer, isWhole: false).Read(ref reader); // deep research and agents: one message, not in a list
            }
            else if (reader.Is("finish_reason"u8)) hasFinish = reader.Remember(ref finish);
            else
            {
                Observer.NoteField(ref reader, KnownOutputFields, "output.");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        if (hasFinish) Finish(Answer.Touch(0), ref finish);
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterArray()) return;

        while (reader.NextObject()) ReadChoice(ref reader);
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        int index = 0;
        Utf8JsonReader message = default, finish = default;
        bool hasMessage = false, hasFinish = false;
        while (reader.NextProperty())
        {
            if (reader.Is("message"u8)) hasMessage = reader.Remember(ref message);
            else if (reader.Is("finish_reason"u8)) hasFinish = reader.Remember(ref finish);
            else if (reader.Is("index"u8)) index = reader.ReadIndex();
            else
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "output.choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.Touch(index);
        if (hasMessage) new MessageReader(choice, Observer, isWhole: false).Read(ref message);
        if (hasFinish) Finish(choice, ref finish);
    }
}
