using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>
/// The events of OpenAI's Responses (platform.openai.com/docs/api-reference/responses-streaming), with the deviations of Azure,
/// xAI, OpenRouter, LM Studio, and various gateways.
/// </summary>
/// <remarks>
/// An answer is complete after <c>response.completed</c> or <c>response.incomplete</c>. There is no finish reason on the wire: an
/// answer that calls tools gets <c>tool_calls</c>, an incomplete one the reason for that, any other <c>stop</c>. That all items are done
/// completes nothing, because further items may follow, and <c>[DONE]</c> (OpenRouter) comes only after <c>response.completed</c>.
/// </remarks>
internal sealed class ResponsesDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer)
    : ChatDecoder(dialect, answer, observer)
{
    private readonly ResponsesOutput _output = new(answer);
    private bool _isComplete;
    private long _replayedTo = -1;
    private bool _isKept;

    protected override bool HasEndSignal => _isComplete;

    protected override bool HasTemplates => true;

    // Without sequence numbers, there is no place to replay from.
    public override ReplayPoint? ReplayPoint => Answer.Info.Id is not { } id ? null
        : Answer.EventNumber >= 0 ? new ReplayPoint(id, Answer.EventNumber.ToString(CultureInfo.InvariantCulture))
        : _isKept ? new ReplayPoint(id, Position: "")
        : null;

    public override void BeginKept(string id)
    {
        Answer.Info = Answer.Info with { Id = id };
        _isKept = true;
    }

    public override void BeginReplay()
    {
        base.BeginReplay();
        _replayedTo = Answer.EventNumber;
        Answer.Recorder.Forget(); // an event with the number of a template may have to be ignored now
    }

    public override void EndStream()
    {
        _output.Complete();
        base.EndStream();
    }

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"response."u8) >= 0 || (json.IndexOf("\"object\""u8) >= 0 && json.IndexOf("\"response\""u8) >= 0);

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        var e = new ResponsesEvent();
        e.Read(data, Answer.EventNumber, Answer.Recorder);
        // A server may start its replay too early. Events that were handled are not handled again.
        if (e.SequenceNumber >= 0 && e.SequenceNumber <= _replayedTo)
        {
            Answer.Recorder.Discard(); // later events are handled
            return;
        }

        if (e.Type.IsEmpty && e.IsResponse)
        {
            Answer.Recorder.Forget();
            var response = new JsonCursor(data);
            e.Response = default;
            e.Response.Read(ref response);
            EndAs(ReadResponse(e.Response));
            HasUnderstood = true;
        }
        else if (e.Type.IsEmpty && !eventType.StartsWith("response.", StringComparison.Ordinal))
        {
            FindError(data, hasAnswer: false);
            return;
        }
        else
        {
            if (e.Type.IsEmpty) e.Type = Encoding.UTF8.GetBytes(eventType);
            bool isKnown = Take(ref e, data);
            if (Observer is not null && isKnown) ResponsesEvent.NoteUnknownFields(data, Observer);
            else Observer?.OnUnknownEvent(JsonText.DecodeWhole(e.Type, escaped: true));
            bool isOwn = isKnown || e.Type.StartsWith("response."u8);
            NoteError(e.MayBeError);
            FindError(data, hasAnswer: isOwn);
            HasUnderstood |= isOwn;
        }

        // Only now: an event that was not handled to its end must be replayed.
        Answer.EventNumber = Math.Max(Answer.EventNumber, e.SequenceNumber);
    }

    /// <returns>Whether it is a known event.</returns>
    private bool Take(ref ResponsesEvent e, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> type = e.Type;
        if (type.EndsWith(".delta"u8)) return TakePiece(ref e);
        Answer.Recorder.Forget(); // it may change which item or part a delta belongs to
        if (type.SequenceEqual("response.output_text.done"u8)) _output.AddWhole(e, ResponsesPartKind.Text);
        else if (type.SequenceEqual("response.refusal.done"u8)) _output.AddWhole(e, ResponsesPartKind.Refusal);
        else if (type.SequenceEqual("response.reasoning_summary_text.done"u8)) _output.AddWhole(e, ResponsesPartKind.Summary);
        else if (type.SequenceEqual("response.reasoning_text.done"u8) || type.SequenceEqual("response.reasoning.done"u8))
            _output.AddWhole(e, ResponsesPartKind.Reasoning);
        else if (type.SequenceEqual("response.function_call_arguments.done"u8)
            || type.SequenceEqual("response.custom_tool_call_input.done"u8))
            _output.AddWhole(e, ResponsesPartKind.Arguments);
        else if (type.SequenceEqual("response.mcp_call_arguments.done"u8)) _output.SetField(e, "arguments");
        else if (type.SequenceEqual("response.code_interpreter_call_code.done"u8)) _output.SetField(e, "code");
        else if (type.SequenceEqual("response.output_item.added"u8)) _output.BeginItem(e);
        else if (type.SequenceEqual("response.output_item.done"u8)) _output.EndItem(e);
        else if (type.SequenceEqual("response.content_part.done"u8)
            || type.SequenceEqual("response.reasoning_summary_part.done"u8)
            || type.SequenceEqual("response.reasoning_part.done"u8))
            _output.EndPart(e);
        else if (type.SequenceEqual("response.output_text.annotation.added"u8)
            || type.SequenceEqual("response.output_text_annotation.added"u8))
            _output.Annotate(e);
        else if (type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.done"u8))
            EndAs(EndedState(e.Response));
        else if (type.SequenceEqual("response.incomplete"u8)) EndAs(ReadResponse(e.Response) with { Status = "incomplete" });
        else if (type.SequenceEqual("response.failed"u8)) EndAs(ReadResponse(e.Response) with { Status = "failed" });
        else if (type.SequenceEqual("response.cancelled"u8)) EndAs(ReadResponse(e.Response) with { Status = "cancelled" });
        else if (type.SequenceEqual("response.created"u8)
            || type.SequenceEqual("response.in_progress"u8)
            || type.SequenceEqual("response.queued"u8))
            ReadResponse(e.Response);
        else if (type.SequenceEqual("error"u8) || type.SequenceEqual("response.error"u8)) Fail(ProviderFault.TryRead(data, isError: true));
        else return ResponsesEvent.IsIgnorable(type);
        return true;
    }

    private bool TakePiece(ref ResponsesEvent e)
    {
        ReadOnlySpan<byte> type = e.Type;
        if (type.SequenceEqual("response.output_text.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Text);
        else if (type.SequenceEqual("response.function_call_arguments.delta"u8)
            || type.SequenceEqual("response.custom_tool_call_input.delta"u8))
            _output.AddPiece(e, ResponsesPartKind.Arguments);
        else if (type.SequenceEqual("response.reasoning_summary_text.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Summary);
        else if (type.SequenceEqual("response.reasoning_text.delta"u8) || type.SequenceEqual("response.reasoning.delta"u8))
            _output.AddPiece(e, ResponsesPartKind.Reasoning);
        else if (type.SequenceEqual("response.refusal.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Refusal);
        else
        {
            Answer.Recorder.Discard(); // not worth a template
            return ResponsesEvent.IsIgnorable(type);
        }

        return true;
    }

    /// <summary>Takes over what a response states, except its output.</summary>
    private ResponseState ReadResponse(in ResponseFields response)
    {
        if (!response.Usage.IsEmpty) ReadUsage(response.Usage);
        _output.KnowTools(response.Tools);
        ReadInfo(response);
        return new ResponseState
        {
            IsPresent = response.IsPresent,
            Status = NameOf(response.Status) ?? "completed",
            Reason = NameOf(response.Reason),
            Fault = response.Error.IsEmpty ? null : ProviderFault.TryRead(response.Error, isError: true),
            Output = response.Output,
        };
    }

    private void ReadInfo(in ResponseFields response)
    {
        ChatStreamInfo info = Answer.Info;
        bool isNew = (info.Id is null && !response.Id.IsEmpty) || (info.Model is null && !response.Model.IsEmpty)
            || (info.CreatedAt is null && response.CreatedAt != 0) || (info.IsStored is null && response.IsStored is not null);
        if (!isNew) return;
        Answer.Info = info with
        {
            Id = info.Id ?? NameOf(response.Id),
            Model = info.Model ?? NameOf(response.Model),
            CreatedAt = info.CreatedAt ?? UnixTime.Create(response.CreatedAt),
            IsStored = info.IsStored ?? response.IsStored,
        };
    }

    private static string? NameOf(in JsonSlice name)
    {
        foreach (string known in (ReadOnlySpan<string>)["completed", "in_progress"])
        {
            if (Ascii.Equals(name.Raw, known)) return known; // without a copy
        }

        return name.IsEmpty ? null : name.Decode();
    }

    private void ReadUsage(ReadOnlySpan<byte> usage)
    {
        var reader = new Utf8JsonReader(usage, JsonOptions.Reader);
        reader.Read();
        AddUsage(ref reader);
    }

    /// <summary>The same for a response that has ended, whose status some servers do not update.</summary>
    private ResponseState EndedState(in ResponseFields response)
    {
        ResponseState state = ReadResponse(response);
        return state.Status is "in_progress" or "queued" ? state with { Status = "completed" } : state;
    }

    /// <summary>Ends the answer by the status of the response.</summary>
    private void EndAs(ResponseState state)
    {
        if (state.IsPresent) _output.EndAll(state.Output);
        switch (state.Status)
        {
            case "failed":
                Fail(state.Fault ?? new ProviderFault(null, "the response failed"));
                ShowEnd("error");
                break;
            case "cancelled":
                // Cancelled on request, so it is not transient.
                Fail(new ProviderFault(null, "the response was cancelled"));
                ShowEnd("cancelled");
                break;
            case "in_progress" or "queued":
                break; // from a server that does not stream, and is not ready
            case "incomplete":
                Complete(state.Reason ?? "incomplete");
                break;
            default:
                Complete(_output.HasToolCalls ? "tool_calls" : "stop");
                break;
        }
    }

    private void Complete(string reason)
    {
        _isComplete = true;
        Observer?.OnFinishReason();
        Finish(Answer.EditChoice(0), reason, Dialect.FinishReasons.ToReason(reason));
        // An inspection also reports the [DONE] after it.
        IsDone = !ReadsPastErrors;
    }

    /// <summary>
    /// Shows an inspection how the response ended. For other readers an answer that failed has no finish reason, so that it can be
    /// resumed.
    /// </summary>
    private void ShowEnd(string word)
    {
        if (!ReadsPastErrors) return;
        Observer?.OnFinishReason();
        Answer.EditChoice(0).Finish(word, new ChatFinishReason(word));
    }

    private ref struct ResponseState
    {
        public bool IsPresent;
        public string Status;
        public string? Reason;
        public ProviderFault? Fault;
        public ReadOnlySpan<byte> Output;
    }
}
