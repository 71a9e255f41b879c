using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// Decodes Cohere's Chat API (docs.cohere.com/reference/chat-stream): version 2, server-sent events with a <c>type</c> in their JSON, and
/// version 1, JSON lines with an <c>event_type</c>. Also answers of both versions that are not streamed.
/// </summary>
/// <remarks>
/// An answer is complete with <c>message-end</c>, or with <c>stream-end</c>, which repeats the answer. Nothing is read after it, although
/// <c>[DONE]</c> usually follows. Errors in mid-stream are part of it.
/// </remarks>
internal sealed class CohereDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownEndFields = new("error_type", "id");

    private readonly CoherePlan _plan = new(answer.MaxCharacters, answer.Recorder);
    private readonly CohereCalls _calls = new();
    private bool _hasText;
    private bool _isComplete;

    protected override bool HasTemplates => true;

    protected override bool HasEndSignal => _isComplete;

    protected override bool MarkerMayFollow => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"type\""u8) >= 0 || json.IndexOf("\"event_type\""u8) >= 0 || json.IndexOf("\"finish_reason\""u8) >= 0;

    public override void EndStream()
    {
        try
        {
            if (Answer.Choices.Count > 0) _plan.Flush(Answer.EditChoice(0));
        }
        catch (AnswerTooLargeException)
        {
            // The stream was cut within the plan, and its ending is reported already.
        }

        base.EndStream();
    }

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        var e = new CohereEvent(data);
        e.Read(ref reader, Observer, Answer.Recorder);
        reader.RequireEnd();
        NoteError(e.Error.HasValue());

        // The others have effects besides text and arguments: they begin and end calls, or the answer.
        Utf8JsonReader type = e.Type;
        bool mayBeRecorded = type.HasName() && (type.Is("content-delta"u8) || type.Is("text-generation"u8)
            || type.Is("tool-call-delta"u8) || type.Is("tool-calls-chunk"u8));
        if (!mayBeRecorded) Answer.Recorder.Discard();

        if (!type.HasName()) ReadUntyped(e);
        else if (TryReadEvent(e) || TryReadEventOfVersion1(e))
        {
            HasUnderstood = true;
            FindError(data, hasAnswer: true);
        }
        else ReadUnknown(e);
    }

    /// <returns>Whether it is an event of version 2.</returns>
    private bool TryReadEvent(in CohereEvent e)
    {
        Utf8JsonReader type = e.Type;
        if (type.Is("content-delta"u8) || type.Is("tool-call-delta"u8) || type.Is("tool-plan-delta"u8) || type.Is("tool-call-start"u8)
            || type.Is("content-start"u8) || type.Is("citation-start"u8))
        {
            ReadDelta(e);
        }
        else if (type.Is("message-start"u8))
        {
            SetId(e);
            ReadDelta(e);
        }
        else if (type.Is("tool-call-end"u8))
        {
            Answer.Recorder.Forget(); // a fragment would open the call again
            _calls.End(Answer.EditChoice(0), e.Index);
        }
        else if (type.Is("message-end"u8)) ReadEnd(e);
        else return type.Is("content-end"u8) || type.Is("citation-end"u8) || type.Is("debug"u8);
        return true;
    }

    /// <returns>Whether it is an event of version 1.</returns>
    private bool TryReadEventOfVersion1(in CohereEvent e)
    {
        Utf8JsonReader type = e.Type;
        if (type.Is("text-generation"u8)) AddText(e.Text);
        else if (type.Is("stream-start"u8)) SetId(e);
        else if (type.Is("tool-calls-chunk"u8)) ReadCallsChunk(e);
        else if (type.Is("tool-calls-generation"u8)) ReadCallsOfVersion1(e);
        else if (type.Is("citation-generation"u8)) AddCitations(e);
        else if (type.Is("stream-end"u8)) ReadStreamEnd(e);
        else return type.Is("search-queries-generation"u8) || type.Is("search-results"u8);
        return true;
    }

    private void ReadDelta(in CohereEvent e)
    {
        Utf8JsonReader delta = e.Delta;
        if (!delta.TryEnterObject()) return;
        while (delta.NextProperty())
        {
            if (delta.Is("message"u8))
            {
                delta.Read();
                ReadMessage(e, ref delta);
            }
            else
            {
                Observer.NoteField(ref delta, FieldNames.None, "delta.");
                delta.Skip();
            }
        }
    }

    private void ReadMessage(in CohereEvent e, ref Utf8JsonReader message)
    {
        Utf8JsonReader type = e.Type;
        bool isFragment = type.HasName() && (type.Is("tool-call-start"u8) || type.Is("tool-call-delta"u8));
        new CohereMessage(Answer.EditChoice(0), _plan, _calls, e.Index, isFragment).Read(ref message, e.Data, Observer);
    }

    private void ReadEnd(in CohereEvent e)
    {
        Utf8JsonReader delta = e.Delta, finish = e.Finish, usage = e.Usage, error = e.Error, errorType = default;
        if (delta.TryEnterObject())
        {
            while (delta.NextProperty())
            {
                if (delta.Is("finish_reason"u8)) delta.Remember(ref finish);
                else if (delta.Is("usage"u8)) delta.Remember(ref usage);
                else if (delta.Is("error"u8)) delta.Remember(ref error);
                else if (delta.Is("error_type"u8)) delta.Remember(ref errorType);
                else
                {
                    Observer.NoteField(ref delta, KnownEndFields, "delta.");
                    delta.Skip();
                }
            }
        }

        AddUsage(ref usage);
        End(ref finish);
        if (HasError(error) && Fault is null) Fail(new ProviderFault(errorType.HasText() ? errorType.Decode() : null, error.Decode()));
        else NoteError(error.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray);
    }

    private static bool HasError(in Utf8JsonReader error) => error.HasText() && !ErrorFields.IsNoError(error.Decode());

    private void End(ref Utf8JsonReader finish)
    {
        ChoiceBuilder choice = Answer.EditChoice(0);
        _plan.Flush(choice);
        Finish(choice, ref finish);
        IsDone = _isComplete = true;
        if (HasFailed) return;
        if (choice.FinishReason is null) Observer?.OnFinishReason(); // the event states that the answer ended, but not why
        // Version 1 calls an answer with tool calls complete.
        if (choice.FinishReason is null || choice.FinishReason == ChatFinishReason.Stop)
            choice.Finish(choice.ProviderFinish ?? "", choice.HasToolCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop);
    }

    private void ReadStreamEnd(in CohereEvent e)
    {
        var whole = new CohereEvent(e.Data);
        Utf8JsonReader response = e.Response;
        if (response.TryEnterObject()) whole.Read(ref response, Observer, Answer.Recorder);
        ReadAnswerOfVersion1(whole);
        Utf8JsonReader finish = e.Finish.HasValue() ? e.Finish : whole.Finish;
        End(ref finish);
        Utf8JsonReader error = e.Error.HasValue() ? e.Error : whole.Error;
        if (HasError(error)) Fail(new ProviderFault(null, error.Decode()));
    }

    /// <summary>Reads a complete answer of version 1. Of what the events before it contained, nothing is added again.</summary>
    private void ReadAnswerOfVersion1(in CohereEvent answer)
    {
        SetId(answer);
        if (!_hasText && !_calls.Any) AddText(answer.Text);
        ReadCallsOfVersion1(answer);
        if (!Answer.EditChoice(0).HasContents) AddCitations(answer);
        Utf8JsonReader meta = answer.Usage;
        AddUsage(ref meta);
    }

    /// <summary>Reads an object without a type: an answer that is not streamed, or an error.</summary>
    private void ReadUntyped(in CohereEvent e)
    {
        Utf8JsonReader message = e.Message;
        if (message.TokenType == JsonTokenType.StartObject)
        {
            HasUnderstood = true;
            SetId(e);
            ReadMessage(e, ref message);
            ReadEnd(e);
        }
        else if (e.Finish.HasValue() && e.Text.HasValue())
        {
            HasUnderstood = true;
            ReadAnswerOfVersion1(e);
            Utf8JsonReader finish = e.Finish;
            End(ref finish);
        }
        else
        {
            // {"message":"…"}, sometimes with the id of the request.
            Fail(ProviderFault.TryRead(e.Data, isError: message.TokenType == JsonTokenType.String));
        }
    }

    private void ReadUnknown(in CohereEvent e)
    {
        Utf8JsonReader type = e.Type;
        if (type.TokenType != JsonTokenType.String) return;
        bool isError = type.Is("error"u8);
        if (isError || e.Error.HasValue()) Fail(ProviderFault.TryRead(e.Data, isError));
        else Observer?.OnUnknownEvent(type.Decode());
    }

    /// <summary>
    /// Reads <c>{"tool_call_delta":{"name":"…","index":0,"parameters":"…","text":"…"},"text":"…"}</c>: a piece of a call, or of the plan.
    /// </summary>
    private void ReadCallsChunk(in CohereEvent e)
    {
        Utf8JsonReader text = e.Text, delta = e.CallDelta;
        _plan.Add(ref text);
        if (!delta.TryEnterObject()) return;
        var fragment = new ToolCallFragment { StatedIndex = 0 };
        while (delta.NextProperty())
        {
            if (delta.Is("name"u8)) fragment.Name = delta.ReadName();
            else if (delta.Is("parameters"u8)) fragment.ReadArguments(ref delta);
            else if (delta.Is("index"u8)) fragment.StatedIndex = delta.ReadIndex();
            else delta.Skip();
        }

        if (!fragment.IsEmpty) AddCall(fragment);
    }

    /// <summary>Reads complete calls, which have no ids. If calls came in pieces before, these are the same.</summary>
    private void ReadCallsOfVersion1(in CohereEvent e)
    {
        Utf8JsonReader calls = e.Calls;
        if (_calls.Any || !calls.TryEnterArray()) return;
        while (calls.NextObject())
        {
            var fragment = new ToolCallFragment { IsWhole = true };
            while (calls.NextProperty())
            {
                if (calls.Is("name"u8)) fragment.Name = calls.ReadName();
                else if (calls.Is("parameters"u8)) fragment.ReadArguments(ref calls);
                else calls.Skip();
            }

            AddCall(fragment);
        }
    }

    private void AddCall(in ToolCallFragment fragment)
    {
        ChoiceBuilder choice = Answer.EditChoice(0);
        _plan.Flush(choice);
        _calls.Add(choice, fragment);
    }

    private void AddText(Utf8JsonReader text)
    {
        if (!text.HasText()) return;
        _hasText = true;
        Answer.EditChoice(0).AddText(ref text);
    }

    private void AddCitations(in CohereEvent e)
    {
        Utf8JsonReader citations = e.Citations;
        CohereCitations.AddTo(Answer.EditChoice(0), ref citations, e.Data);
    }

    private void SetId(in CohereEvent e)
    {
        if (Answer.Info.Id is null && e.Id.HasName()) Answer.Info = Answer.Info with { Id = e.Id.Decode() };
    }
}
