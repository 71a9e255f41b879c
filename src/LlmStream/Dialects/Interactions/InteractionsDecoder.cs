using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Interactions;

/// <summary>
/// The events of Gemini's Interactions API (ai.google.dev/gemini-api/docs/interactions/streaming): <c>interaction.created</c>,
/// <c>step.start</c>, <c>step.delta</c>, <c>step.stop</c>, <c>interaction.completed</c>, and those before May 2026, <c>content.*</c>.
/// </summary>
/// <remarks>
/// An answer is complete after <c>interaction.completed</c>, whose status says how it ended. <c>[DONE]</c> follows, and completes nothing
/// by itself.
/// </remarks>
internal sealed class InteractionsDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownFields = new("interaction_id", "metadata", "object", "usage");

    private static readonly FieldNames InteractionFields = new(
        "id", "model", "created", "status", "usage", "steps", "outputs", "object", "updated", "agent", "role", "service_tier",
        "previous_interaction_id", "input", "environment_id");

    private readonly InteractionsSteps _steps = new(answer);
    private string? _status;
    private string? _lastEventId; // null: it is not known where a replay would begin
    private string? _repeatedId; // of the event after which a replay begins, which a server may send again
    private bool _isComplete;

    protected override bool HasEndSignal => _isComplete;

    protected override bool MarkerMayFollow => true;

    public override ReplayPoint? ReplayPoint =>
        Answer.Info.Id is { } id && _lastEventId is not null ? new ReplayPoint(id, _lastEventId) : null;

    public override void BeginKept(string id)
    {
        Answer.Info = Answer.Info with { Id = id };
        _lastEventId = ""; // from the beginning
    }

    public override void BeginReplay()
    {
        base.BeginReplay();
        _repeatedId = _lastEventId;
    }

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) => json.IndexOf("\"event_type\""u8) >= 0;

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        Utf8JsonReader type = default, step = default, delta = default, interaction = default, id = default;
        bool hasType = false, hasStep = false, hasDelta = false, hasInteraction = false, isInteraction = false;
        int index = -1;
        string? status = null;
        while (reader.NextProperty())
        {
            if (reader.Is("event_type"u8)) hasType = reader.Remember(ref type);
            else if (reader.Is("index"u8)) index = reader.ReadInt32() ?? -1;
            else if (reader.Is("delta"u8)) hasDelta = reader.Remember(ref delta);
            else if (reader.Is("step"u8) || reader.Is("content"u8)) hasStep = reader.Remember(ref step);
            else if (reader.Is("event_id"u8)) reader.Remember(ref id);
            else if (reader.Is("interaction"u8)) hasInteraction = reader.Remember(ref interaction);
            else if (reader.Is("status"u8)) status = reader.ReadName();
            else if (reader.Is("steps"u8) || reader.Is("outputs"u8))
            {
                isInteraction = true;
                reader.Read();
                reader.Skip();
            }
            else if (!TakeErrorField(ref reader))
            {
                if (!InteractionFields.Contains(ref reader)) Observer.NoteField(ref reader, KnownFields);
                reader.Skip();
            }
        }

        reader.RequireEnd();
        string? eventId = id.HasName() ? id.Decode() : null;
        if (eventId is not null && string.Equals(eventId, _repeatedId, StringComparison.Ordinal)) return;
        _repeatedId = null;

        bool isOwn = true;
        if (!hasType && isInteraction) ReadWhole(data);
        else
        {
            ReadOnlySpan<byte> name = hasType ? type.ValueSpan : Encoding.UTF8.GetBytes(eventType);
            if (hasInteraction) ReadInteraction(ref interaction);
            isOwn = Take(name, index, hasStep ? step.Slice(data) : default, hasDelta ? delta.Slice(data) : default, status);
            if (!isOwn) Observer?.OnUnknownEvent(JsonText.DecodeWhole(name, escaped: true));
            isOwn |= hasInteraction || name.StartsWith("interaction."u8) || name.StartsWith("step."u8);
        }

        HasUnderstood |= isOwn;
        FindError(data, hasAnswer: isOwn);
        // Only now: an event that was not handled to its end must be replayed. An event without an id cannot be named.
        if (isOwn) _lastEventId = eventId;
    }

    /// <returns>Whether it is a known event.</returns>
    private bool Take(ReadOnlySpan<byte> type, int index, ReadOnlySpan<byte> step, ReadOnlySpan<byte> delta, string? status)
    {
        if (type.SequenceEqual("step.delta"u8) || type.SequenceEqual("content.delta"u8)) _steps.Append(index, delta);
        else if (type.SequenceEqual("step.start"u8) || type.SequenceEqual("content.start"u8)) _steps.Begin(index, step);
        else if (type.SequenceEqual("step.stop"u8) || type.SequenceEqual("content.stop"u8)) _steps.End(index);
        else if (type.SequenceEqual("interaction.completed"u8) || type.SequenceEqual("interaction.complete"u8)) Complete(_status);
        else if (type.SequenceEqual("interaction.status_update"u8)) NoteStatus(status);
        else
        {
            return type.SequenceEqual("interaction.created"u8) || type.SequenceEqual("interaction.start"u8)
                || type.SequenceEqual("error"u8);
        }

        return true;
    }

    /// <summary>Reads the fields of an interaction, except its steps.</summary>
    private void ReadInteraction(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) ReadId(ref reader);
            else if (reader.Is("model"u8)) ReadModel(ref reader);
            else if (reader.Is("created"u8))
            {
                reader.Read();
                if (Answer.Info.CreatedAt is null && reader.ToTime() is { } created) Answer.Info = Answer.Info with { CreatedAt = created };
                reader.Skip();
            }
            else if (reader.Is("status"u8)) _status = reader.ReadName();
            else if (reader.Is("usage"u8)) ReadUsage(ref reader);
            else
            {
                Observer.NoteField(ref reader, InteractionFields, "interaction.");
                reader.Skip();
            }
        }
    }

    /// <summary>
    /// Reads an interaction in one piece: from a server that does not stream, or the state of one whose stream broke off.
    /// </summary>
    private void ReadWhole(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.Read();
        ReadInteraction(ref reader);
        _steps.MergeAll(data);
        if (_status is not ("in_progress" or "queued")) Complete(_status);
    }

    /// <summary>Completes the answer, unless the status reports a failure (googleapis/python-genai, types/interaction.py).</summary>
    private void Complete(string? status)
    {
        _steps.EndAll();
        // An inspection also reports the [DONE] after it.
        IsDone = !ReadsPastErrors;
        if (status is not null && Dialect.FinishReasons.IsFailure(status))
        {
            NoteStatus(status);
            return;
        }

        _isComplete = true;
        ChoiceBuilder choice = Answer.EditChoice(0);
        // Some servers do not update the status.
        if (status is null or "in_progress" or "queued") status = "completed";
        Observer?.OnFinishReason();
        Finish(choice, status, status switch
        {
            "completed" => choice.HasToolCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
            "incomplete" => ChatFinishReason.Length,
            _ => Dialect.FinishReasons.ToReason(status), // requires_action
        });
    }

    /// <summary>
    /// Notes that the interaction has failed or was cancelled. The reason may follow in an event of the type <c>error</c>, so that the
    /// rest is still read.
    /// </summary>
    private void NoteStatus(string? status)
    {
        if (status is null || !Dialect.FinishReasons.IsFailure(status)) return;
        // Cancelled on request, so that it is not transient.
        if (status is "cancelled") Fail(new ProviderFault(null, "the interaction was cancelled"));
        else Finish(Answer.EditChoice(0), status, Dialect.FinishReasons.ToReason(status), "the interaction failed");
    }
}
