using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Framing;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>What comes instead of an answer: errors, finish reasons that mean failure, and events of another format.</summary>
internal abstract partial class ChatDecoder
{
    private const int MaxForeignEvents = 16;
    private const int MaxForeignEventLength = 512;

    private string? _failureFinish;
    private string? _failureMessage;
    private bool _mayBeError; // the current event has a field that may hold an error
    private int _foreignEvents;

    /// <summary>The error that the provider reported as an error, or null.</summary>
    public ProviderFault? ReportedFault { get; private set; }

    /// <summary>The error that the provider reported, as an error or by a finish reason, or null.</summary>
    public ProviderFault? Fault
    {
        get;
        private set
        {
            field = value;
            _mayStop = true;
        }
    }

    /// <summary>Whether <see cref="Fault"/> came with a finish reason, so that the stream is about to end by itself.</summary>
    public bool FaultCameWithFinish { get; private set; }

    /// <summary>
    /// The name of the other format that the events are in, or null if it is unknown. Not the formats that a <see cref="Dialect"/> reads.
    /// </summary>
    public string? ForeignFormat { get; private set; }

    /// <summary>The first event that was not understood, at most its first bytes; empty if there is none.</summary>
    public byte[] ForeignEvent { get; private set; } = [];

    /// <summary>Whether the stream is known to be one of another format: whole events came, and none was of this dialect.</summary>
    public bool IsForeign => HasForeignEvents && ForeignEvent.Length > 0 && (IsDone || ForeignFormat is not null);

    /// <summary>Whether a finish reason came that reports a failure.</summary>
    public bool HasFailed => _failureFinish is not null;

    /// <summary>Notes the error that the provider reported. The first one counts.</summary>
    protected void Fail(ProviderFault? fault)
    {
        Answer.Recorder.Discard(); // a template cannot tell whether a value is an error
        if (fault is null || Fault is not null) return;
        Fault = ReportedFault = fault;
        FaultCameWithFinish = Answer.IsFinished || HasFailed;
    }

    /// <summary>Notes the error of an event that is one by its type, whatever its data.</summary>
    private void FailWith(ReadOnlySpan<byte> data)
    {
        ProviderFault? fault = data.IsEmpty ? null : ProviderFault.TryRead(data, isError: true);
        Fail(fault ?? new ProviderFault(null, "The provider gave no details."));
    }

    /// <summary>Reads the property that the reader is on if it is one that may hold an error, at any place of an event.</summary>
    /// <returns>Whether it is.</returns>
    protected bool TakeErrorField(ref Utf8JsonReader reader)
    {
        if (!ErrorFields.Suspicious.Contains(ref reader)) return false;
        reader.Read();
        NoteError(reader.TokenType switch
        {
            JsonTokenType.Null or JsonTokenType.False => false,
            JsonTokenType.String => !reader.ValueSpan.IsEmpty,
            JsonTokenType.Number => !reader.ValueSpan.SequenceEqual("0"u8),
            _ => true,
        });
        reader.Skip();
        return true;
    }

    /// <summary>Reads a code from the property that the reader is on.</summary>
    /// <returns>Whether it is not that of a success.</returns>
    protected static bool ReadFailureCode(ref Utf8JsonReader reader)
    {
        reader.Read();
        bool isFailure = reader.TokenType is JsonTokenType.String or JsonTokenType.Number && !ErrorFields.IsSuccess(reader.Decode());
        reader.Skip();
        return isFailure;
    }

    /// <summary>Notes that the current event may hold an error, so that <see cref="FindError"/> looks for it.</summary>
    protected void NoteError(bool mayBeError) => _mayBeError |= mayBeError;

    /// <summary>Looks for an error in an event that was decoded: at the end of <see cref="Decode"/>.</summary>
    /// <param name="data">The event.</param>
    /// <param name="hasAnswer">
    /// Whether the event holds a part of the answer. Otherwise any form of error is one; if it does, only a field for errors is.
    /// </param>
    protected void FindError(ReadOnlySpan<byte> data, bool hasAnswer)
    {
        // A field that is compared as a constant part of a template need not be looked at again.
        if (hasAnswer && !_mayBeError) return;
        ProviderFault? fault = hasAnswer || ErrorScan.MayFind(data) ? ProviderFault.TryRead(data, isError: false, hasAnswer) : null;
        if (fault is not null || !hasAnswer) Fail(fault);
    }

    /// <summary>Finishes a choice with the string that the reader is on. Any other value, and a placeholder, is no finish reason.</summary>
    protected void Finish(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        // Some servers send "null" or "" instead of null.
        if (!reader.HasName() || reader.Is("null"u8)) return;
        string name = reader.Decode().Trim();
        Observer?.OnFinishReason();
        Finish(choice, name, Dialect.FinishReasons.ToReason(name));
    }

    /// <summary>
    /// Notes the failure that the string that the reader is on stands for, if it does: the finish reason of the provider behind a
    /// gateway (OpenRouter), which may report a failure as <c>stop</c>.
    /// </summary>
    protected void NoteFailure(ref Utf8JsonReader reader)
    {
        if (_failureFinish is null && reader.HasName() && reader.Decode() is { } name && Dialect.FinishReasons.IsFailure(name))
            _failureFinish = name;
    }

    /// <summary>Finishes a choice, or notes that the provider failed.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="name">The finish reason as it was sent.</param>
    /// <param name="reason">What it stands for.</param>
    /// <param name="message">The provider's explanation, or null.</param>
    protected void Finish(ChoiceBuilder choice, string name, ChatFinishReason reason, string? message = null)
    {
        bool isFailure = Dialect.FinishReasons.IsFailure(name);
        if (isFailure && _failureFinish is null) (_failureFinish, _failureMessage) = (name, message);
        // A failure is an error and finishes nothing: the answer may be resumed. An inspection shows what was sent.
        if (!isFailure || ReadsPastErrors) choice.Finish(name, reason);
    }

    private void NoteForeignEvent(string eventType, ReadOnlySpan<byte> data)
    {
        if (ForeignFormat is not null || _foreignEvents == MaxForeignEvents) return;
        _foreignEvents++;
        if (ForeignEvent.Length == 0) ForeignEvent = data[..Math.Min(data.Length, MaxForeignEventLength)].ToArray();
        ForeignFormat = ForeignFormats.Find(eventType, data);
    }

    private void HandleBare(ReadOnlySpan<byte> data)
    {
        bool isJson = data[0] is (byte)'{' or (byte)'[' && JsonSyntax.IsValid(data);
        if (isJson && ProviderFault.TryRead(data, isError: false) is { } fault)
        {
            Fail(fault);
            return;
        }

        if (isJson && LooksLikeEvent(data))
        {
            Decode(Frame.DefaultEventType, data); // an event without "data:"
            return;
        }

        // Any other JSON between the events is an error in an unknown form.
        if (isJson || data[0] is (byte)'{' or (byte)'[') Fail(new ProviderFault(null, ProviderFault.Quote(data)));
        else StrayText ??= ProviderFault.Quote(data);
    }
}
