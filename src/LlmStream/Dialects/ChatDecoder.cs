using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Turns the frames of one response into deltas. One subclass a dialect; one object a response.</summary>
internal abstract class ChatDecoder(Dialect dialect, AnswerBuilder answer, DecodingStatistics? statistics) : IFrameHandler
{
    private string? _failedFinish;
    private EventTemplates? _templates;

    public Dialect Dialect { get; } = dialect;

    public AnswerBuilder Answer { get; } = answer;

    /// <summary>Whether the marker has come behind which nothing is to be read, even if the connection stays open.</summary>
    public bool IsDone { get; protected set; }

    /// <summary>Whether the signal has come by which this dialect says that an answer is complete.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>The error that the provider reported in words, or null.</summary>
    public ProviderFault? ReportedFault { get; private set; }

    /// <summary>The error that the provider reported, in words or by a finish reason, or null.</summary>
    public ProviderFault? Fault { get; private set; }

    /// <summary>Whether <see cref="Fault"/> came beside a finish reason, so that the stream is going to end by itself.</summary>
    public bool FaultCameWithFinish { get; private set; }

    /// <summary>
    /// Whether nothing is to be read on: the marker has come, or an error has, behind which a server may leave the
    /// connection open for ever. One that came beside a finish reason is no hindrance: the usage follows it.
    /// </summary>
    public bool MustStop => !ReadsPastErrors && (IsDone || Malformed is not null || Broken is not null || (Fault is not null && !FaultCameWithFinish));

    /// <summary>
    /// Whether errors are noted and read past, and events behind the marker counted, by somebody who looks into a
    /// recorded stream.
    /// </summary>
    public bool ReadsPastErrors { get; set; }

    /// <summary>The start of an event that could not be understood, or null.</summary>
    public string? Malformed { get; private set; }

    /// <summary>Why the answer is known to have broken off, though the stream goes on, or null.</summary>
    public string? Broken { get; private set; }

    /// <summary>The first text between events that is no error and no event, or null.</summary>
    public string? Prose { get; private set; }

    /// <summary>Whether any event of this dialect has been understood.</summary>
    public bool HasUnderstood { get; protected set; }

    /// <summary>Whether any frame has come whole that says something, understood or not.</summary>
    public bool HasSeenFrame { get; private set; }

    /// <summary>The place from which a provider that keeps the answer could send it on, or null where there is none.</summary>
    public virtual ReplayPoint? ReplayPoint => null;

    /// <summary>What comes next comes from there, over another connection.</summary>
    public virtual void BeginReplay()
    {
    }

    /// <summary>Whether there have been whole events, and none of them was of this dialect.</summary>
    public bool HasForeignEvents => HasSeenFrame && !HasUnderstood;

    protected DecodingStatistics? Statistics { get; } = statistics;

    /// <summary>How many events were of a form that was known, and so not decoded in full; for tests.</summary>
    public int TemplateHits => _templates?.Hits ?? 0;

    /// <summary>
    /// Whether events may be recognised by their form. A dialect says so if what <see cref="Decode"/> does with an event depends
    /// on nothing but the event, on what the first event of a stream settles for all, and on what <see cref="Answer"/> keeps
    /// itself; and if it has <see cref="TemplateRecorder.Ignore"/> pass over no value that it would look at in another event.
    /// </summary>
    protected virtual bool HasTemplates => false;

    public void Handle(in Frame frame)
    {
        if (_templates is not null && !IsDone && frame is { Kind: FrameKind.Event, IsUnterminated: false }
            && _templates.TryTake(frame.EventType, frame.Data)) return;

        ReadOnlySpan<byte> data = frame.Data.Trim(" \t\r\n\0"u8);
        if (IsDone)
        {
            bool isMarker = MarkerMayFollow && TakeDoneMarker(data);
            if (Statistics is not null && !data.IsEmpty && !isMarker) Statistics.EventsBehindDone++;
            return;
        }

        if (Statistics is not null && !string.Equals(frame.EventType, Frame.DefaultEventType, StringComparison.Ordinal))
            DecodingStatistics.Count(Statistics.EventTypes, frame.EventType);

        if (data.IsEmpty)
        {
            // Kong, APISIX and others let an empty "data:" through now and then. It says nothing, so nothing is lost.
            if (Statistics is not null) Statistics.EmptyEvents++;
            return;
        }

        if (Answer.KeepsRaw) Answer.Raw = new ChatRawEvent { EventType = frame.EventType, Data = data.ToArray() };
        if (data.IndexOf((byte)'\n') is > 0 and int lineEnd && IsWholeJson(data[..lineEnd]))
        {
            HandleLines(frame, data);
            return;
        }

        if (TakeDoneMarker(data)) return;
        if (frame.IsUnterminated && !IsWholeJson(data))
        {
            // The stream was cut in it: what it began to say is not known.
            if (Statistics is not null) Statistics.CutEvent = ProviderFault.Quote(data);
            return;
        }

        HasSeenFrame = true;

        try
        {
            if (string.Equals(frame.EventType, Frame.ErrorEventType, StringComparison.Ordinal)) Fail(ProviderFault.TryRead(data, isError: true));
            else if (frame.Kind == FrameKind.Bare) HandleBare(data);
            else if (HasTemplates && Statistics is null && Answer.MayUseTemplates) DecodeAndRecord(frame.EventType, data);
            else Decode(frame.EventType, data);
        }
        catch (JsonException)
        {
            if (Statistics is not null) Statistics.MalformedEvents++;
            Malformed ??= ProviderFault.Quote(data);
        }
        finally
        {
            Answer.EndEvent();
        }
    }

    public int TryHandleAhead(string eventType, ReadOnlySpan<byte> bytes) =>
        _templates is { IsLikelyToMatch: true } && !IsDone ? _templates.TryTakeAhead(eventType, bytes) : 0;

    private void DecodeAndRecord(string eventType, ReadOnlySpan<byte> data)
    {
        _templates ??= new EventTemplates(Answer);
        _templates.BeginRecording();
        try
        {
            Decode(eventType, data);
            _templates.EndRecording(eventType, data);
        }
        finally
        {
            Answer.Recorder.End(); // what broke off is no recording
        }
    }

    /// <summary>Reads one event.</summary>
    /// <exception cref="JsonException">The bytes are no JSON.</exception>
    protected abstract void Decode(string eventType, ReadOnlySpan<byte> data);

    /// <summary>Whether <c>[DONE]</c>, which is not JSON, ends a stream of this dialect. Gateways add it to formats that do not have it.</summary>
    protected virtual bool ReadsDoneMarker => true;

    /// <summary>Whether <c>[DONE]</c> is ordinary after the event that completes the answer.</summary>
    protected virtual bool MarkerMayFollow => false;

    private bool TakeDoneMarker(ReadOnlySpan<byte> data)
    {
        if (!ReadsDoneMarker || !data.StartsWith("[DONE]"u8)) return false;
        if (Statistics is not null) Statistics.DoneMarkers++;
        return IsDone = true;
    }

    /// <summary>Notes the error that the provider reported. The first one counts.</summary>
    protected void Fail(ProviderFault? fault)
    {
        Answer.Recorder.Spoil(); // whether a value makes an error, no recording tells
        if (fault is null || Fault is not null) return;
        Fault = ReportedFault = fault;
        FaultCameWithFinish = Answer.IsFinished;
    }

    /// <summary>Notes that the answer broke off, though the stream goes on with something else.</summary>
    protected void Break(string why) => Broken ??= why;

    /// <summary>Counts a field that the dialect does not know.</summary>
    protected void NoteUnknown(string path, ref Utf8JsonReader reader)
    {
        if (Statistics is not null) DecodingStatistics.Count(Statistics.UnknownFields, path + JsonText.DecodeWhole(reader.ValueSpan, reader.ValueIsEscaped));
    }

    /// <summary>Notes a finish reason, unless the value says that there is none yet.</summary>
    protected void Finish(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        // "null" is DashScope's null, "" Hunyuan's.
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.IsEmpty || reader.Is("null"u8)) return;
        string value = JsonText.DecodeWhole(reader.ValueSpan, reader.ValueIsEscaped);
        if (Statistics is not null) Statistics.FinishReports++;
        choice.Finish(value, Dialect.FinishReasons.ToReason(value));
        // Some providers report a failure of theirs as a reason to finish.
        if (Dialect.FinishReasons.IsFailure(value)) _failedFinish ??= value;
    }

    /// <summary>Passes the fault on that a finish reason stands for, when the stream has ended.</summary>
    public virtual void EndStream()
    {
        Answer.EndStream();
        if (_failedFinish is not null) Fault ??= new ProviderFault(_failedFinish, "the provider gave up while it was answering");
    }

    /// <summary>Reads a usage object that the reader stands on.</summary>
    protected bool ReadUsage(ref Utf8JsonReader reader)
    {
        bool any = Answer.Usage.Read(ref reader, Dialect.UsageFields, Answer.Recorder);
        if (any && Statistics is not null) Statistics.UsageReports++;
        return any;
    }

    /// <summary>Keeps the value of the field that the reader stands on as the answer's id. The first that says something counts.</summary>
    protected void TakeId(ref Utf8JsonReader reader)
    {
        if (TakeText(ref reader, Answer.Info.Id) is { } id) Answer.Info = Answer.Info with { Id = id };
    }

    /// <summary>The same for the name of the model.</summary>
    protected void TakeModel(ref Utf8JsonReader reader)
    {
        if (TakeText(ref reader, Answer.Info.Model) is { } model) Answer.Info = Answer.Info with { Model = model };
    }

    /// <summary>The same for the id of the request.</summary>
    protected void TakeRequestId(ref Utf8JsonReader reader)
    {
        if (TakeText(ref reader, Answer.Info.RequestId) is { } id) Answer.Info = Answer.Info with { RequestId = id };
    }

    /// <summary>The same for the time at which the answer was begun.</summary>
    protected void TakeCreated(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (Answer.Info.Created is null && UnixTime.TryRead(ref reader) is { } created) Answer.Info = Answer.Info with { Created = created };
        PassOver(ref reader, isSettled: Answer.Info.Created is not null);
    }

    /// <summary>The value of a field that is a small number, or 0.</summary>
    protected static int ReadIndex(ref Utf8JsonReader reader)
    {
        reader.Read();
        int index = 0;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out index) || index < 0) index = 0;
        reader.Skip();
        return index;
    }

    /// <summary>Reads to the end of the event. What stands behind its value is no JSON, and the reader says so.</summary>
    protected static void RequireEnd(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private string? TakeText(ref Utf8JsonReader reader, string? known)
    {
        reader.Read();
        string? text = known is null && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty
            ? JsonText.DecodeWhole(reader.ValueSpan, reader.ValueIsEscaped)
            : null;
        PassOver(ref reader, isSettled: (known ?? text) is not null);
        return text;
    }

    /// <summary>Passes over a value of which the first one counts: once there is one, nothing depends on it.</summary>
    private void PassOver(ref Utf8JsonReader reader, bool isSettled)
    {
        if (isSettled) Answer.Recorder.Ignore(ref reader);
        else reader.Skip();
    }

    /// <summary>Several events that the server sent without the blank lines between them: each line is one.</summary>
    private void HandleLines(in Frame frame, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty && !MustStop)
        {
            int end = data.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? data : data[..end];
            data = end < 0 ? default : data[(end + 1)..];
            Handle(new Frame(frame.Kind, frame.EventType, line, frame.IsUnterminated && data.IsEmpty));
        }
    }

    private void HandleBare(ReadOnlySpan<byte> data)
    {
        bool isJson = data[0] is (byte)'{' or (byte)'[' && IsWholeJson(data);
        if (isJson && ProviderFault.TryRead(data, isError: false) is { } fault)
        {
            Fail(fault);
            return;
        }

        if (isJson && LooksLikeEvent(data))
        {
            Decode(Frame.DefaultEventType, data); // the server forgot its "data:"
            return;
        }

        // JSON that is no event and stands where none belongs: the provider has something to say.
        if (isJson || data[0] is (byte)'{' or (byte)'[') Fail(new ProviderFault(null, ProviderFault.Quote(data)));
        else Prose ??= ProviderFault.Quote(data);
    }

    /// <summary>Whether a JSON object holds what an event of this dialect holds.</summary>
    protected abstract bool LooksLikeEvent(ReadOnlySpan<byte> json);

    private static bool IsWholeJson(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
