using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Hunyuan;

/// <summary>
/// The chat format of Tencent Cloud's API 3.0 (cloud.tencent.com/document/product/1729), whose fields begin with
/// capitals: Hunyuan, and LKEAP, which serves DeepSeek.
/// </summary>
/// <remarks>The dialect's signal: a finish reason on each choice. LKEAP sends <c>[DONE]</c> behind it, Hunyuan nothing.</remarks>
internal sealed class HunyuanDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new(
        "Note", "Object", "ModerationLevel", "SearchInfo", "Processes", "Replaces", "RecommendedQuestions", "RequestId");

    private static readonly FieldNames KnownChoiceFields = new("Moderation");

    private static readonly FieldNames KnownDeltaFields = new("SearchInfo", "GroupId");

    protected override bool HasTemplates => true;

    public override bool IsComplete => Answer.IsFinished || (IsDone && HasUnderstood);

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"Choices\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("A chunk is an object");

        bool isChunk = false;
        while (reader.NextProperty())
        {
            if (reader.Is("Choices"u8))
            {
                reader.Read();
                isChunk = true;
                ReadChoices(ref reader);
            }
            else if (reader.Is("Usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.Is("Id"u8)) TakeId(ref reader);
            else if (reader.Is("Model"u8)) TakeModel(ref reader);
            else if (reader.Is("Created"u8)) TakeCreated(ref reader);
            else
            {
                bool isError = reader.Is("ErrorMsg"u8) || reader.Is("Error"u8) || reader.Is("Response"u8);
                if (isError) Fail(ProviderFault.TryRead(data, isError: false));
                else Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        reader.RequireEnd();
        HasUnderstood |= isChunk;
        if (!isChunk) Fail(ProviderFault.TryRead(data, isError: false));
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterArray()) return;

        while (reader.NextObject()) ReadChoice(ref reader);
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        int index = 0;
        Utf8JsonReader delta = default, finish = default;
        bool hasDelta = false, hasFinish = false;
        while (reader.NextProperty())
        {
            if (reader.Is("Delta"u8) || reader.Is("Message"u8)) hasDelta = reader.Remember(ref delta);
            else if (reader.Is("FinishReason"u8)) hasFinish = reader.Remember(ref finish);
            else if (reader.Is("Index"u8)) index = reader.ReadIndex();
            else
            {
                Observer.NoteField(ref reader, KnownChoiceFields, "Choices[].");
                Answer.Recorder.Ignore(ref reader);
            }
        }

        ChoiceBuilder choice = Answer.Touch(index);
        if (hasDelta) ReadDelta(choice, ref delta);
        if (hasFinish) Finish(choice, ref finish);
    }

    private void ReadDelta(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
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
                reader.Read();
                if (reader.HasText()) choice.SetRole(Roles.Read(ref reader));
                reader.Skip();
            }
            else if (reader.Is("ToolCalls"u8))
            {
                reader.Read();
                ReadToolCalls(choice, ref reader);
            }
            else
            {
                Observer.NoteField(ref reader, KnownDeltaFields, "Choices[].Delta.");
                Answer.Recorder.Ignore(ref reader);
            }
        }
    }

    private static void ReadToolCalls(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        if (!reader.TryEnterArray()) return;

        int position = 0;
        while (reader.NextObject())
        {
            // No index is read: where it is sent at all, it is 0 for every call. The id is on every fragment.
            var fragment = new ToolCallFragment { Position = position++ };
            while (reader.NextProperty())
            {
                if (reader.Is("Id"u8)) fragment.Id = reader.ReadString();
                else if (reader.Is("Function"u8))
            {
                if (reader.ReadObject()) ReadFunction(ref reader, ref fragment);
            }
                else reader.Skip();
            }

            choice.AddToolCall(fragment);
        }
    }

    private static void ReadFunction(ref Utf8JsonReader reader, ref ToolCallFragment fragment)
    {
        while (reader.NextProperty())
        {
            if (reader.Is("Name"u8)) fragment.Name = reader.ReadString();
            else if (reader.Is("Arguments"u8)) fragment.ReadArguments(ref reader);
            else reader.Skip();
        }
    }
}
