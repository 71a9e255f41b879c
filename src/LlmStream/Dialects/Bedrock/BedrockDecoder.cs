using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Framing;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// The events of ConverseStream (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html). The type of a
/// message says what its payload is.
/// </summary>
/// <remarks>
/// An answer is complete after <c>messageStop</c>, which states the stop reason. <c>metadata</c> follows with the usage, and nothing
/// is read after it. The same events also come as JSON whose only field is named like the type: in logs, and in the chunks of
/// InvokeModelWithResponseStream by Amazon's models. Chunks of Claude are Anthropic's events.
/// </remarks>
internal sealed class BedrockDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    // "p" is padding of random length.
    private static readonly FieldNames KnownFields = new("p", "metrics", "performanceConfig", "serviceTier");

    private readonly BedrockBlocks _blocks = new(dialect, observer, answer.Recorder);
    private ChatDecoder? _invoked; // of the model whose format the chunks have

    protected override bool HasTemplates => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"contentBlockIndex\""u8) >= 0 || json.IndexOf("\"stopReason\""u8) >= 0 || json.IndexOf("\"messageStart\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        if (IsEvent(eventType)) ReadEvent(eventType, ref reader, data);
        else if (eventType == "chunk") ReadChunk(ref reader);
        else if (eventType == Frame.DefaultEventType) ReadNamed(ref reader, data);
        else if (CodeOf(eventType) is { } code) Fail(BedrockFault.Read(code, data));
        else if (eventType != "initial-response") Observer?.OnUnknownEvent(eventType);
        reader.RequireEnd();
    }

    private static bool IsEvent(string type) => type
        is "messageStart" or "contentBlockStart" or "contentBlockDelta" or "contentBlockStop" or "messageStop" or "metadata";

    /// <summary>The code of an exception or an error, or null if the frame is an event.</summary>
    private static string? CodeOf(string frameType)
    {
        foreach (string prefix in (ReadOnlySpan<string>)[EventStreamHeaders.ExceptionPrefix, EventStreamHeaders.ErrorPrefix])
        {
            if (frameType.StartsWith(prefix, StringComparison.Ordinal)) return frameType[prefix.Length..];
        }

        return null;
    }

    /// <summary>Reads the payload of an event. The reader ends on the end of the object.</summary>
    private void ReadEvent(string type, ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        HasUnderstood = true;
        if (type != "contentBlockDelta") Answer.Recorder.Discard(); // the others change the state of blocks, or end the answer
        ChoiceBuilder choice = Answer.EditChoice(0);
        Utf8JsonReader body = default;
        bool isStart = false;
        int index = 0;
        while (reader.NextProperty())
        {
            if (reader.Is("contentBlockIndex"u8)) index = reader.ReadIndex();
            else if (reader.Is("delta"u8)) reader.Remember(ref body);
            else if (reader.Is("start"u8)) isStart = reader.Remember(ref body);
            else if (reader.Is("role"u8))
            {
                reader.Read();
                choice.SetRole(ref reader);
                reader.Skip();
            }
            else if (reader.Is("stopReason"u8))
            {
                reader.Read();
                End(choice, ref reader);
                reader.Skip();
            }
            else if (reader.Is("usage"u8)) ReadUsage(ref reader);
            else if (reader.Is("additionalModelResponseFields"u8) || reader.Is("trace"u8)) Keep(choice, ref reader, data);
            else
            {
                Observer.NoteField(ref reader, KnownFields);
                Answer.Recorder.Ignore(ref reader);
            }
        }

        if (body.HasValue()) _blocks.Read(choice, index, body, isStart, data);
        if (type == "contentBlockStop") _blocks.Stop(choice, index);
        if (type != "metadata" || !Answer.IsFinished) return;
        Observer?.OnEndMarker();
        IsDone = true;
    }

    private void End(ChoiceBuilder choice, ref Utf8JsonReader reason)
    {
        if (!reason.HasName()) return;
        Answer.Recorder.Forget(); // no block is open afterwards
        ChatFinishReason understood = Dialect.FinishReasons.ToReason(reason.Decode());
        _blocks.StopAll(choice, isCutOff: understood == ChatFinishReason.Length || understood == ChatFinishReason.ContentFilter);
        Finish(choice, ref reason);
    }

    /// <summary>Keeps fields of the model, and what a guardrail did, which only come on request.</summary>
    private void Keep(ChoiceBuilder choice, ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        string name = reader.Decode();
        reader.Read();
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        ReadOnlySpan<byte> json = reader.Slice(data);
        if (isObject) choice.AddContent(BedrockBlock.Opaque(Dialect.Name, name, json), json.Length);
    }

    /// <summary>Reads events that are named by fields instead of headers.</summary>
    private void ReadNamed(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        while (reader.NextProperty())
        {
            string name = reader.Decode();
            reader.Read();
            if (IsEvent(name) && reader.TokenType == JsonTokenType.StartObject) ReadEvent(name, ref reader, data);
            else if (name.EndsWith("Exception", StringComparison.Ordinal)) Fail(BedrockFault.Read(name, reader.Slice(data)));
            else reader.Skip();
        }

        if (!HasUnderstood) Fail(ProviderFault.TryRead(data, isError: false));
    }

    /// <summary>Reads a chunk of InvokeModelWithResponseStream: an event in the model's own format, in Base64.</summary>
    private void ReadChunk(ref Utf8JsonReader reader)
    {
        Answer.Recorder.Discard(); // the offsets of texts are those in the decoded bytes
        byte[]? bytes = null;
        while (reader.NextProperty())
        {
            if (!reader.Is("bytes"u8)) reader.Skip();
            else if (!reader.ReadText() || !reader.TryGetBytesFromBase64(out bytes)) throw new JsonException("A chunk is not Base64");
        }

        if (bytes is null) return;
        var head = JsonHead.Read(bytes, out _);
        if (head.Text("type") is not null) ReadClaude(bytes);
        else if (head.HasAny("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"))
            Decode(Frame.DefaultEventType, bytes);
        else
        {
            throw new FramingException(
                FramingError.Malformed,
                "The stream is one of InvokeModelWithResponseStream, in a format of this model that is not supported. Use ConverseStream");
        }
    }

    private void ReadClaude(byte[] bytes)
    {
        _invoked ??= ChatDialect.Anthropic.Format.CreateDecoder(Answer, Observer);
        _invoked.ReadsPastErrors = ReadsPastErrors;
        _invoked.Handle(new Frame(FrameKind.Event, Frame.DefaultEventType, bytes, isUnterminated: false));
        HasUnderstood |= _invoked.HasUnderstood;
        IsDone = _invoked.IsDone;
        Fail(_invoked.ReportedFault);
        if (_invoked.Truncation is { } reason) Truncate(reason);
        if (_invoked.Malformed is not null) throw new JsonException("A chunk could not be decoded");
    }
}
