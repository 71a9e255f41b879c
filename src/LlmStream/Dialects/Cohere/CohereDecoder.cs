using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// Cohere's Chat API (docs.cohere.com/reference/chat-stream): version 2, server-sent events whose JSON has a <c>type</c>, and version 1,
/// a JSON object a line with an <c>event_type</c>. Also an answer of either in one piece.
/// </summary>
/// <remarks>
/// The dialect's signal: <c>message-end</c>, or <c>stream-end</c>, which repeats all that was said; nothing is read behind it, though as
/// a rule <c>[DONE]</c> follows. What goes wrong in mid-stream is reported in it.
/// </remarks>
internal sealed class CohereDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : ChatDecoder(dialect, answer, observer)
{
    private static readonly FieldNames KnownEndFields = new("error_type", "id");

    private readonly CoherePlan _plan = new(answer.MaxCharacters);
    private readonly CohereCalls _calls = new();
    private bool _hasText;
    private bool _isWhole;

    public override bool IsComplete => _isWhole;

    protected override bool MarkerMayFollow => true;

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"type\""u8) >= 0 || json.IndexOf("\"event_type\""u8) >= 0 || json.IndexOf("\"finish_reason\""u8) >= 0;

    public override void EndStream()
    {
        try
        {
            if (Answer.Choices.Count > 0) _plan.End(Answer.Touch(0));
        }
        catch (AnswerTooLargeException)
        {
            // Of an answer that broke off in the middle of its plan. Why it did is said elsewhere.
        }

        base.EndStream();
    }

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("An event is an object");
        var e = new CohereEvent(data);
        e.Read(ref reader, Observer);
        reader.RequireEnd();

        if (!CohereEvent.Has(e.Type)) ReadWhole(e, data);
        else if (ReadEvent(e) || ReadEventOfVersion1(e)) HasUnderstood = true;
        else ReadUnknown(e, data);
    }

    /// <returns>Whether it is an event of version 2.</returns>
    private bool ReadEvent(in CohereEvent e)
    {
        Utf8JsonReader type = e.Open(e.Type);
        if (type.Is("content-delta"u8) || type.Is("tool-call-delta"u8) || type.Is("tool-plan-delta"u8) || type.Is("tool-call-start"u8)
            || type.Is("content-start"u8) || type.Is("citation-start"u8))
        {
            ReadDelta(e);
        }
        else if (type.Is("message-start"u8))
        {
            TakeId(e);
            ReadDelta(e);
        }
        else if (type.Is("tool-call-end"u8)) _calls.End(Answer.Touch(0), e.Index);
        else if (type.Is("message-end"u8)) ReadEnd(e);
        else return type.Is("content-end"u8) || type.Is("citation-end"u8) || type.Is("debug"u8);
        return true;
    }

    /// <returns>Whether it is an event of version 1.</returns>
    private bool ReadEventOfVersion1(in CohereEvent e)
    {
        Utf8JsonReader type = e.Open(e.Type);
        if (type.Is("text-generation"u8)) AddText(e.Open(e.Text));
        else if (type.Is("stream-start"u8)) TakeId(e);
        else if (type.Is("tool-calls-chunk"u8)) ReadCallsChunk(e);
        else if (type.Is("tool-calls-generation"u8)) ReadCallsOfVersion1(e);
        else if (type.Is("citation-generation"u8)) CohereCitations.AddTo(Answer.Touch(0), e.Bytes(e.Citations));
        else if (type.Is("stream-end"u8)) ReadStreamEnd(e);
        else return type.Is("search-queries-generation"u8) || type.Is("search-results"u8);
        return true;
    }

    private void ReadDelta(in CohereEvent e)
    {
        if (!CohereEvent.Has(e.Delta)) return;
        ReadOnlySpan<byte> delta = e.Bytes(e.Delta);
        var reader = new Utf8JsonReader(delta, JsonOptions.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.NextProperty())
        {
            bool isMessage = reader.Is("message"u8);
            if (!isMessage) Observer.NoteField(ref reader, FieldNames.None, "delta.");
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isMessage) new CohereMessage(Answer.Touch(0), _plan, _calls, e.Index).Read(delta[start..(int)reader.BytesConsumed], Observer);
        }
    }

    private void ReadEnd(in CohereEvent e)
    {
        Utf8JsonReader reader = e.Open(e.Delta), finish = e.Open(e.Finish), usage = e.Open(e.Usage), error = e.Open(e.Error), errorType = default;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.NextProperty())
            {
                if (reader.Is("finish_reason"u8)) reader.Remember(ref finish);
                else if (reader.Is("usage"u8)) reader.Remember(ref usage);
                else if (reader.Is("error"u8)) reader.Remember(ref error);
                else if (reader.Is("error_type"u8)) reader.Remember(ref errorType);
                else
                {
                    Observer.NoteField(ref reader, KnownEndFields, "delta.");
                    reader.Skip();
                }
            }
        }

        if (usage.TokenType == JsonTokenType.StartObject) ReadUsage(ref usage);
        End(ref finish);
        if (!error.HasText()) return;
        string? code = errorType.TokenType == JsonTokenType.String ? errorType.Decode() : null;
        Fail(new ProviderFault(code, error.Decode()));
    }

    private void End(ref Utf8JsonReader finish)
    {
        ChoiceBuilder choice = Answer.Touch(0);
        _plan.End(choice);
        Finish(choice, ref finish);
        if (choice.FinishReason is null) Observer?.OnFinishReason(); // the event says that it is the end, if not why
        // Version 1 calls an answer that calls tools complete.
        if (choice.FinishReason is null || choice.FinishReason == ChatFinishReason.Stop)
            choice.Finish(choice.ProviderFinish ?? "", choice.HasToolCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop);
        IsDone = _isWhole = true;
    }

    private void ReadStreamEnd(in CohereEvent e)
    {
        // It repeats the answer, as a rule: what has been said is not said again.
        var whole = new CohereEvent(e.Bytes(e.Response));
        Utf8JsonReader response = e.Open(e.Response);
        if (response.TokenType == JsonTokenType.StartObject) whole.Read(ref response, Observer);
        ReadWholeOfVersion1(whole);
        Utf8JsonReader finish = CohereEvent.Has(e.Finish) ? e.Open(e.Finish) : whole.Open(whole.Finish);
        End(ref finish);
        Utf8JsonReader error = CohereEvent.Has(e.Error) ? e.Open(e.Error) : whole.Open(whole.Error);
        if (error.HasText()) Fail(new ProviderFault(null, error.Decode()));
    }

    /// <summary>The fields of an answer of version 1, each of which counts only where no event said it before.</summary>
    private void ReadWholeOfVersion1(in CohereEvent whole)
    {
        TakeId(whole);
        if (!_hasText && !_calls.Any) AddText(whole.Open(whole.Text));
        if (!_calls.Any) ReadCallsOfVersion1(whole);
        if (!Answer.Touch(0).HasContents && CohereEvent.Has(whole.Citations)) CohereCitations.AddTo(Answer.Touch(0), whole.Bytes(whole.Citations));
        Utf8JsonReader meta = whole.Open(whole.Usage);
        if (meta.TokenType == JsonTokenType.StartObject) ReadUsage(ref meta);
    }

    /// <summary>What has no type: an answer in one piece, or an error.</summary>
    private void ReadWhole(in CohereEvent e, ReadOnlySpan<byte> data)
    {
        bool isMessage = e.Open(e.Message).TokenType == JsonTokenType.StartObject;
        if (isMessage)
        {
            HasUnderstood = true;
            TakeId(e);
            new CohereMessage(Answer.Touch(0), _plan, _calls, e.Index).Read(e.Bytes(e.Message), Observer);
            ReadEnd(e);
        }
        else if (CohereEvent.Has(e.Finish) && CohereEvent.Has(e.Text))
        {
            HasUnderstood = true;
            ReadWholeOfVersion1(e);
            Utf8JsonReader finish = e.Open(e.Finish);
            End(ref finish);
        }
        else
        {
            // {"message":"…"}, and sometimes the id of the request beside it.
            Fail(ProviderFault.TryRead(data, isError: e.Open(e.Message).TokenType == JsonTokenType.String));
        }
    }

    private void ReadUnknown(in CohereEvent e, ReadOnlySpan<byte> data)
    {
        Utf8JsonReader type = e.Open(e.Type);
        if (type.TokenType != JsonTokenType.String) return;
        if (type.Is("error"u8) || CohereEvent.Has(e.Error)) Fail(ProviderFault.TryRead(data, isError: type.Is("error"u8)));
        else Observer?.OnUnknownEvent(type.Decode());
    }

    /// <summary><c>{"tool_call_delta":{"name":"…","index":0,"parameters":"…","text":"…"},"text":"…"}</c>: a piece of a call, or of the plan.</summary>
    private void ReadCallsChunk(in CohereEvent e)
    {
        AddToPlan(e.Open(e.Text));
        Utf8JsonReader reader = e.Open(e.CallDelta);
        if (reader.TokenType != JsonTokenType.StartObject) return;
        var fragment = new ToolCallFragment { ProviderIndex = 0 };
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) fragment.Name = reader.ReadString();
            else if (reader.Is("parameters"u8)) fragment.ReadArguments(ref reader);
            else if (reader.Is("index"u8)) fragment.ProviderIndex = reader.ReadIndex();
            else reader.Skip();
        }

        if (fragment.Name is null && fragment.Arguments.IsEmpty) return;
        _plan.End(Answer.Touch(0));
        _calls.Add(Answer.Touch(0), fragment);
    }

    /// <summary>The calls as a whole, with their parameters as objects and without ids. Where they came in pieces, they have all been said.</summary>
    private void ReadCallsOfVersion1(in CohereEvent e)
    {
        if (_calls.Any) return;
        Utf8JsonReader reader = e.Open(e.Calls);
        if (reader.TokenType != JsonTokenType.StartArray) return;
        int index = 0;
        while (reader.NextObject())
        {
            var fragment = new ToolCallFragment { ProviderIndex = index++, IsComplete = true };
            while (reader.NextProperty())
            {
                if (reader.Is("name"u8)) fragment.Name = reader.ReadString();
                else if (reader.Is("parameters"u8)) fragment.ReadArguments(ref reader);
                else reader.Skip();
            }

            _plan.End(Answer.Touch(0));
            _calls.Add(Answer.Touch(0), fragment);
        }
    }

    private void AddText(Utf8JsonReader text)
    {
        if (!text.HasText()) return;
        _hasText = true;
        Answer.Touch(0).AddText(text.ValueSpan, text.ValueIsEscaped);
    }

    private void AddToPlan(Utf8JsonReader text)
    {
        if (text.TokenType == JsonTokenType.String) _plan.Add(ref text);
    }

    private void TakeId(in CohereEvent e)
    {
        Utf8JsonReader id = e.Open(e.Id);
        if (Answer.Info.Id is null && id.HasText())
            Answer.Info = Answer.Info with { Id = id.Decode() };
    }
}
