using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Dialects.OpenAI;
using LlmStream.Json;

namespace LlmStream.Dialects.DashScope;

/// <summary>
/// Decodes DashScope's native format (help.aliyun.com/zh/model-studio): <c>output.text</c> or <c>output.choices[].message</c>, in
/// increments or as the whole text so far.
/// </summary>
/// <remarks>There is no end marker: an answer is complete with a finish reason on each choice.</remarks>
internal sealed class DashScopeDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new("status_code", "id", "success", "message");

    private static readonly FieldNames KnownOutputFields = new(
        "session_id", "thoughts", "doc_references", "workflow_message", "tool_info", "audio", "query", "task_id", "event",
        "request_id");

    private static readonly FieldNames KnownChoiceFields = new("logprobs", "content_filter");

    protected override bool HasTemplates => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"output\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        bool hasOutput = false, hasCode = false;
        while (reader.NextProperty())
        {
            if (reader.Is("output"u8)) hasOutput |= ReadOutput(ref reader);
            else if (reader.Is("usage"u8)) ReadUsage(ref reader);
            else if (reader.Is("request_id"u8)) ReadRequestId(ref reader);
            else if (reader.Is("code"u8)) hasCode = ReadFailureCode(ref reader);
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        HasUnderstood |= hasOutput;
        // The code is empty or missing if there is no error.
        if (hasCode) Fail(ProviderFault.TryRead(data, isError: true));
        else FindError(data, hasOutput);
    }

    /// <returns>Whether the output is an object.</returns>
    private bool ReadOutput(ref Utf8JsonReader reader)
    {
        if (!reader.ReadObject()) return false;
        Utf8JsonReader finish = default;
        while (reader.NextProperty())
        {
            if (reader.Is("choices"u8)) ReadChoices(ref reader);
            else if (reader.Is("text"u8))
            {
                if (reader.ReadText()) Answer.EditChoice(0).AddText(ref reader);
            }
            else if (reader.Is("message"u8))
            {
                // Deep research and agents send one message instead of a list of choices.
                if (reader.ReadObject()) NoteError(new MessageReader(Answer.EditChoice(0), Observer, isWhole: false).Read(ref reader));
            }
            else if (reader.Is("finish_reason"u8)) reader.Remember(ref finish);
            else if (reader.Is("search_info"u8))
            {
                if (!reader.ReadObject()) continue;
                MessageContents.AddSources(Answer.EditChoice(0), "search_info", JsonText.ParseElement(reader.ReadRaw()));
            }
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownOutputFields, "output.");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        if (finish.HasValue()) Finish(Answer.EditChoice(0), ref finish);
        return true;
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        if (!reader.ReadArray()) return;
        while (reader.NextObject()) ReadChoice(ref reader);
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        int index = 0;
        Utf8JsonReader message = default, finish = default;
        while (reader.NextProperty())
        {
            if (reader.Is("message"u8)) reader.Remember(ref message);
            else if (reader.Is("finish_reason"u8)) reader.Remember(ref finish);
            else if (reader.Is("index"u8)) index = reader.ReadIndex();
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "output.choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.EditChoice(index);
        NoteError(new MessageReader(choice, Observer, isWhole: false).Read(ref message));
        Finish(choice, ref finish);
    }
}
