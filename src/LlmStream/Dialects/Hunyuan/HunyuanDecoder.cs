using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Hunyuan;

/// <summary>
/// Decodes the chat format of Tencent Cloud's API 3.0 (cloud.tencent.com/document/product/1729), whose field names are capitalized. It is
/// the format of Hunyuan, and of LKEAP, which serves DeepSeek.
/// </summary>
/// <remarks>
/// An answer is complete with a finish reason on each choice. LKEAP sends <c>[DONE]</c> after it, Hunyuan no end marker.
/// </remarks>
internal sealed class HunyuanDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new(
        "Note", "Object", "ModerationLevel", "SearchInfo", "Processes", "Replaces", "RecommendedQuestions", "RequestId");

    private static readonly FieldNames KnownChoiceFields = new("Moderation");

    private static readonly FieldNames KnownDeltaFields = new("SearchInfo", "GroupId");

    protected override bool HasTemplates => true;

    protected override bool HasEndSignal => IsDone && Answer.Choices.Count > 0;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"Choices\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        bool isChunk = false, hasChoice = false;
        while (reader.NextProperty())
        {
            if (reader.Is("Choices"u8))
            {
                isChunk = true;
                hasChoice |= ReadChoices(ref reader);
            }
            else if (reader.Is("Usage"u8)) ReadUsage(ref reader);
            else if (reader.Is("Id"u8)) ReadId(ref reader);
            else if (reader.Is("Model"u8)) ReadModel(ref reader);
            else if (reader.Is("Created"u8)) ReadCreated(ref reader);
            else if (reader.Is("Response"u8)) NoteError(reader.ReadPresence());
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isChunk;
        FindError(data, hasAnswer: hasChoice);
    }

    /// <returns>Whether the list has any element.</returns>
    private bool ReadChoices(ref Utf8JsonReader reader)
    {
        bool any = false;
        if (!reader.ReadArray()) return false;
        while (reader.NextObject())
        {
            any = true;
            ReadChoice(ref reader);
        }

        return any;
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        int index = 0;
        Utf8JsonReader delta = default, finish = default;
        while (reader.NextProperty())
        {
            if (reader.Is("Delta"u8) || reader.Is("Message"u8)) reader.Remember(ref delta);
            else if (reader.Is("FinishReason"u8)) reader.Remember(ref finish);
            else if (reader.Is("Index"u8)) index = reader.ReadIndex();
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "Choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.EditChoice(index);
        ReadDelta(choice, ref delta);
        Finish(choice, ref finish);
    }

    private void ReadDelta(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterObject()) return;
        while (reader.NextProperty())
        {
            if (reader.Is("Content"u8))
            {
                if (reader.ReadText()) choice.AddText(ref reader);
            }
            else if (reader.Is("ReasoningContent"u8))
            {
                if (reader.ReadText()) choice.AddReasoning(ref reader);
            }
            else if (reader.Is("Role"u8))
            {
                if (reader.ReadText()) choice.SetRole(ref reader);
            }
            else if (reader.Is("ToolCalls"u8)) ReadToolCalls(choice, ref reader);
            else if (!TakeErrorField(ref reader))
            {
                Observer.NoteField(ref reader, KnownDeltaFields, "Choices[].Delta.");
                Answer.Recorder.Ignore(ref reader);
            }
        }
    }

    private static void ReadToolCalls(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        if (!reader.ReadArray()) return;
        int position = 0;
        while (reader.NextObject())
        {
            // The index is not read: if it is sent at all, it is 0 for every call. Every fragment has the id.
            var fragment = new ToolCallFragment { Position = position++ };
            while (reader.NextProperty())
            {
                if (reader.Is("Id"u8)) fragment.Id = reader.ReadName();
                else if (reader.Is("Function"u8)) ReadFunction(ref reader, ref fragment);
                else reader.Skip();
            }

            choice.AddToolCall(fragment);
        }
    }

    private static void ReadFunction(ref Utf8JsonReader reader, ref ToolCallFragment fragment)
    {
        if (!reader.ReadObject()) return;
        while (reader.NextProperty())
        {
            if (reader.Is("Name"u8)) fragment.Name = reader.ReadName();
            else if (reader.Is("Arguments"u8)) fragment.ReadArguments(ref reader);
            else reader.Skip();
        }
    }
}
