using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Turns the frames of one response into deltas. One subclass per dialect, one object per response.</summary>
internal abstract partial class ChatDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : FrameHandler
{
    private bool _mayStop; // set whenever anything changes on which MustStop depends, which is rare

    public Dialect Dialect { get; } = dialect;

    public AnswerBuilder Answer { get; } = answer;

    /// <summary>Whether the end marker came. Nothing is read after it, even if the connection stays open.</summary>
    public bool IsDone
    {
        get;
        protected set
        {
            field = value;
            _mayStop = true;
        }
    }

    /// <summary>
    /// Whether the answer is complete, however the stream ends: the dialect's own end signal came, or every choice has a finish reason,
    /// no call is half open, and no text has followed a finish reason.
    /// </summary>
    /// <remarks>
    /// The rule is the same in all dialects. What may still be missing after that (the end marker, usage) loses nothing of the answer.
    /// </remarks>
    public virtual bool IsComplete => HasEndSignal || (IsFinished && !Answer.IsReopened);

    /// <summary>
    /// Whether the answer is complete if the body has ended cleanly. Then text may have followed a finish reason: older Gemini models send
    /// <c>STOP</c> with every chunk.
    /// </summary>
    public bool IsCompleteAtEnd => IsComplete || (IsFinished && !HasCutEvent);

    /// <summary>Whether the stream ended within an event.</summary>
    public bool HasCutEvent { get; private set; }

    /// <summary>
    /// Whether reading stops: the end marker came, or an error after which a server may leave the connection open. After an error
    /// that came with a finish reason the usage still follows.
    /// </summary>
    public bool MustStop => _mayStop && !ReadsPastErrors
        && (IsDone || Malformed is not null || Truncation is not null || (Fault is not null && !FaultCameWithFinish));

    /// <summary>Whether errors and the end marker are noted and read past, for an inspection.</summary>
    public bool ReadsPastErrors { get; set; }

    /// <summary>The start of the first event that could not be understood, or null.</summary>
    public string? Malformed { get; private set; }

    /// <summary>The exception that occurred while <see cref="Malformed"/> was decoded, or null.</summary>
    public Exception? MalformedCause { get; private set; }

    /// <summary>Why the answer is known to be truncated although the stream continues, or null.</summary>
    public string? Truncation { get; private set; }

    /// <summary>The first text between events that is neither an error nor an event, or null.</summary>
    public string? StrayText { get; private set; }

    /// <summary>Whether any event of this dialect was understood.</summary>
    public bool HasUnderstood { get; protected set; }

    /// <summary>Whether any frame came whole and not empty, understood or not.</summary>
    public bool HasSeenFrame { get; private set; }

    /// <summary>The place from which a provider that keeps the answer can replay it, or null.</summary>
    public virtual ReplayPoint? ReplayPoint => null;

    /// <summary>Whether whole events came, and none of them was of this dialect.</summary>
    public bool HasForeignEvents => HasSeenFrame && !HasUnderstood;

    protected IDecodingObserver? Observer { get; } = observer;

    /// <summary>
    /// Whether the signal came with which this dialect states that an answer is complete, after something of the answer was understood.
    /// A finish reason is not one: <see cref="IsComplete"/> considers it in the same way for all dialects.
    /// </summary>
    protected virtual bool HasEndSignal => false;

    private bool IsFinished => Answer.IsFinished && !Answer.HasOpenCall;

    /// <summary>Whether <c>[DONE]</c> is ordinary after the event that completes the answer.</summary>
    protected virtual bool MarkerMayFollow => false;

    /// <summary>Prepares for the replay of a kept answer from its beginning, when nothing of it but its id is known.</summary>
    public virtual void BeginKept(string id) => throw new NotSupportedException("This format has no kept answers.");

    /// <summary>Starts a replay: the events that follow come over another connection.</summary>
    public virtual void BeginReplay()
    {
        IsDone = false;
        HasCutEvent = false; // it is sent again, whole
    }

    public sealed override void Handle(in Frame frame)
    {
        try
        {
            if (!TryTake(frame)) HandleInFull(frame);
        }
        catch (AnswerTooLargeException)
        {
            EndEventTooLarge();
            throw;
        }
        catch (Exception exception) when (IsFault(exception))
        {
            NoteMalformed(frame.Data, exception);
        }
    }

    private void HandleInFull(in Frame frame)
    {
        ReadOnlySpan<byte> sent = frame.Data.Trim(" \t\r\n\0"u8);
        ReadOnlySpan<byte> data = NonFiniteNumbers.Replace(sent);
        // Even without anything in its data, an error event says that the provider failed.
        bool isError = string.Equals(frame.EventType, Frame.ErrorEventType, StringComparison.OrdinalIgnoreCase);
        bool isKeepAlive = !isError && !data.IsEmpty && KeepAlive.Is(frame.EventType, data);
        if (IsDone)
        {
            bool isMarker = MarkerMayFollow && TryTakeDoneMarker(data);
            if (!data.IsEmpty && !isMarker && !isKeepAlive) Observer?.OnEventAfterEnd();
            return;
        }

        Observer?.OnEvent(frame.EventType);
        if (data.IsEmpty)
        {
            HasCutEvent |= frame.IsUnterminated; // the stream was cut before the data, or within the name of the field
            // Some gateways send an empty "data:" as a keep-alive.
            Observer?.OnEmptyEvent();
            if (isError && frame.Kind == FrameKind.Event) FailWith(data);
            return;
        }

        if (isKeepAlive)
        {
            // No delta, not even one for KeepRaw: the stream has made no progress.
            if (KeepAlive.IsType(frame.EventType)) return;
            Observer?.OnEmptyEvent();
            HasSeenFrame |= data[0] == (byte)'{'; // if it is all that the body has, it may be of another kind
            return;
        }

        if (Answer.KeepsRaw) Answer.Raw = new ChatRawEvent { EventType = frame.EventType, Data = sent.ToArray() };
        if (data.IndexOf((byte)'\n') is > 0 and int lineEnd && JsonSyntax.IsValid(data[..lineEnd]))
        {
            HandleLines(frame, data);
            return;
        }

        if (TryTakeDoneMarker(data)) return;
        if (frame.IsUnterminated && !JsonSyntax.IsValid(data))
        {
            // The stream was cut within the event. The rest of it is unknown.
            HasCutEvent = true;
            Observer?.OnCutEvent(ProviderFault.Quote(data));
            return;
        }

        HasSeenFrame = true;
        HandleEvent(frame, data);
    }

    /// <summary>At the end of the stream: emits what was held back, and the error that a finish reason stands for.</summary>
    public virtual void EndStream()
    {
        Answer.EndStream();
        if (_failureFinish is { } code)
            Fault ??= new ProviderFault(code, _failureMessage ?? "The provider failed while it was generating the answer.");
    }

    /// <summary>Decodes one event.</summary>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    protected abstract void Decode(string eventType, ReadOnlySpan<byte> data);

    /// <summary>Whether a JSON object holds what an event of this dialect holds.</summary>
    protected abstract bool LooksLikeEvent(ReadOnlySpan<byte> json);

    /// <summary>Notes that the answer is truncated although the stream continues with something else. The first reason counts.</summary>
    protected void Truncate(string reason)
    {
        _mayStop = true;
        Truncation ??= reason;
    }

    /// <summary>Reads a usage object from the property that the reader is on.</summary>
    /// <returns>Whether there is an object with a count.</returns>
    protected bool ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        return AddUsage(ref reader);
    }

    /// <summary>The same if the reader is on the object.</summary>
    protected bool AddUsage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return false; // in all events but the last
        bool any = Answer.Usage.Read(ref reader, Dialect.UsageFields, Answer.Recorder);
        if (any) Observer?.OnUsage();
        return any;
    }

    /// <summary>Reads the id of the answer from the property that the reader is on. The first string that is not blank counts.</summary>
    protected void ReadId(ref Utf8JsonReader reader)
    {
        if (ReadFirst(ref reader, Answer.Info.Id) is { } id) Answer.Info = Answer.Info with { Id = id };
    }

    /// <summary>The same for the name of the model.</summary>
    protected void ReadModel(ref Utf8JsonReader reader)
    {
        if (ReadFirst(ref reader, Answer.Info.Model) is { } model) Answer.Info = Answer.Info with { Model = model };
    }

    /// <summary>The same for the id of the request.</summary>
    protected void ReadRequestId(ref Utf8JsonReader reader)
    {
        if (ReadFirst(ref reader, Answer.Info.RequestId) is { } id) Answer.Info = Answer.Info with { RequestId = id };
    }

    /// <summary>The same for the time at which the answer was created.</summary>
    protected void ReadCreated(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (Answer.Info.CreatedAt is null && UnixTime.TryRead(ref reader) is { } time) Answer.Info = Answer.Info with { CreatedAt = time };
        Skip(ref reader, isKnown: Answer.Info.CreatedAt is not null);
    }

    /// <returns>The string, if it is the first that is not blank.</returns>
    private string? ReadFirst(ref Utf8JsonReader reader, string? known)
    {
        reader.Read();
        string? text = known is null && reader.HasName() ? reader.Decode() : null;
        Skip(ref reader, isKnown: (known ?? text) is not null);
        return text;
    }

    /// <summary>Skips a value of which the first one counts. As soon as it is known, the later ones have no effect.</summary>
    protected void Skip(ref Utf8JsonReader reader, bool isKnown)
    {
        if (isKnown) Answer.Recorder.Ignore(ref reader);
        else reader.Skip();
    }

    private bool TryTakeDoneMarker(ReadOnlySpan<byte> data)
    {
        // Some servers serialize the marker as they do the events.
        if (!data.StartsWith("[DONE]"u8) && !data.SequenceEqual("\"[DONE]\""u8)) return false;
        // Gateways also send it in formats that define another marker.
        if (string.Equals(Dialect.EndMarker, "[DONE]", StringComparison.Ordinal)) Observer?.OnEndMarker();
        return IsDone = true;
    }

    private void HandleEvent(in Frame frame, ReadOnlySpan<byte> data)
    {
        _mayBeError = false;
        try
        {
            bool isError = string.Equals(frame.EventType, Frame.ErrorEventType, StringComparison.OrdinalIgnoreCase);
            if (isError) FailWith(data);
            else if (frame.Kind == FrameKind.Bare) HandleBare(data);
            else if (!MayUseTemplates) Decode(frame.EventType, data);
            else if (SharedTemplates is { HasBegun: false } shared) DecodeFirst(frame.EventType, data, shared);
            else DecodeAndRecord(frame.EventType, data);
        }
        catch (Exception exception) when (IsFault(exception))
        {
            // Valid JSON of another kind may be an error too: one in a list, or in a string.
            if (exception is JsonException && ProviderFault.TryRead(data, isError: false) is { } fault) Fail(fault);
            else NoteMalformed(data, exception);
        }
        finally
        {
            Answer.EndEvent();
        }

        if (!HasUnderstood && Fault is null) NoteForeignEvent(frame.EventType, data);
    }

    /// <summary>
    /// Whether an exception means that an event could not be decoded: bytes that are not JSON, or a fault of this library. Whatever it
    /// is, it is not a failure of the connection, so that the request must not be sent again because of it.
    /// </summary>
    private static bool IsFault(Exception exception) =>
        exception is not (AnswerTooLargeException or FramingException or ChatStreamException or OperationCanceledException);

    private void NoteMalformed(ReadOnlySpan<byte> data, Exception exception)
    {
        Observer?.OnMalformedEvent();
        if (Malformed is not null) return;
        _mayStop = true;
        Malformed = ProviderFault.Quote(data);
        MalformedCause = exception;
    }

    /// <summary>Handles several events that the server sent without the blank lines between them: each line is one.</summary>
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
}
