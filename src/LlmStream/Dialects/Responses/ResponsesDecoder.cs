using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>
/// The events of OpenAI's Responses (platform.openai.com/docs/api-reference/responses-streaming), and the deviations from them that
/// Azure, xAI, OpenRouter, LM Studio and various gateways have been seen to send.
/// </summary>
/// <remarks>
/// The dialect's signal: <c>response.completed</c> or <c>response.incomplete</c>, and nothing else. There is no finish reason on the
/// wire: an answer that calls tools ends with <c>tool_calls</c>, one that was cut short with the reason for that, any other with <c>stop</c>.
/// </remarks>
internal sealed class ResponsesDecoder(Dialect dialect, AnswerBuilder answer, IDecodingObserver? observer) : ChatDecoder(dialect, answer, observer)
{
    private readonly ResponsesOutput _output = new(answer);
    private bool _isComplete;
    private long _lastNumber = -1;
    private long _replayedTo = -1;

    public override bool IsComplete => _isComplete;

    // Where a response has no numbers, or another server's that begin anew, there is no place to ask for.
    public override ReplayPoint? ReplayPoint => Answer.Info.Id is { } id && _lastNumber >= 0 ? new ReplayPoint(id, _lastNumber) : null;

    public override void BeginReplay()
    {
        _replayedTo = _lastNumber;
        _output.MayHaveGaps = true;
        IsDone = false;
    }

    protected override bool LooksLikeEvent(ReadOnlySpan<byte> json) =>
        json.IndexOf("\"response."u8) >= 0 || (json.IndexOf("\"object\""u8) >= 0 && json.IndexOf("\"response\""u8) >= 0);

    protected override void Decode(string eventType, ReadOnlySpan<byte> data)
    {
        ResponsesEvent e = ResponsesEvent.Read(data);
        // A server may begin its replay too early. What has been handled is not said twice.
        if (e.SequenceNumber >= 0 && e.SequenceNumber <= _replayedTo) return;

        if (e.Type.IsEmpty && e.IsResponse) EndAs(ReadResponse(data), data);
        else if (e.Type.IsEmpty && !eventType.StartsWith("response.", StringComparison.Ordinal))
        {
            Fail(ProviderFault.TryRead(data, isError: false));
            return;
        }
        else
        {
            if (e.Type.IsEmpty) e.Type = Encoding.UTF8.GetBytes(eventType);
            bool isKnown = Take(ref e, data);
            if (Observer is not null && isKnown) ResponsesEvent.NoteUnknownFields(data, Observer);
            else Observer?.OnUnknownEvent(JsonText.DecodeWhole(e.Type, escaped: true));
        }

        HasUnderstood = true;
        // Only now: what is not handled to its end is to be asked for again.
        _lastNumber = Math.Max(_lastNumber, e.SequenceNumber);
    }

    /// <returns>Whether the event is one that is known.</returns>
    private bool Take(ref ResponsesEvent e, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> type = e.Type;
        if (type.EndsWith(".delta"u8)) return TakePiece(ref e);
        if (type.SequenceEqual("response.output_text.done"u8)) _output.AddWhole(e, ResponsesPartKind.Text);
        else if (type.SequenceEqual("response.refusal.done"u8)) _output.AddWhole(e, ResponsesPartKind.Refusal);
        else if (type.SequenceEqual("response.reasoning_summary_text.done"u8)) _output.AddWhole(e, ResponsesPartKind.Summary);
        else if (type.SequenceEqual("response.reasoning_text.done"u8) || type.SequenceEqual("response.reasoning.done"u8)) _output.AddWhole(e, ResponsesPartKind.Reasoning);
        else if (type.SequenceEqual("response.function_call_arguments.done"u8) || type.SequenceEqual("response.custom_tool_call_input.done"u8)) _output.AddWhole(e, ResponsesPartKind.Arguments);
        else if (type.SequenceEqual("response.output_item.added"u8)) _output.BeginItem(e);
        else if (type.SequenceEqual("response.output_item.done"u8)) _output.EndItem(e);
        else if (type.SequenceEqual("response.content_part.done"u8) || type.SequenceEqual("response.reasoning_summary_part.done"u8) || type.SequenceEqual("response.reasoning_part.done"u8)) _output.EndPart(e);
        else if (type.SequenceEqual("response.output_text.annotation.added"u8) || type.SequenceEqual("response.output_text_annotation.added"u8)) _output.Annotate(e);
        else if (type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.done"u8)) EndAs(EndedState(e.Response), e.Response);
        else if (type.SequenceEqual("response.incomplete"u8)) EndAs(ReadResponse(e.Response) with { Status = "incomplete" }, e.Response);
        else if (type.SequenceEqual("response.failed"u8)) EndAs(ReadResponse(e.Response) with { Status = "failed" }, e.Response);
        else if (type.SequenceEqual("response.cancelled"u8)) EndAs(ReadResponse(e.Response) with { Status = "cancelled" }, e.Response);
        else if (type.SequenceEqual("response.created"u8) || type.SequenceEqual("response.in_progress"u8) || type.SequenceEqual("response.queued"u8)) ReadResponse(e.Response);
        else if (type.SequenceEqual("error"u8) || type.SequenceEqual("response.error"u8)) Fail(ProviderFault.TryRead(data, isError: true));
        else return ResponsesEvent.SaysNothing(type);
        return true;
    }

    private bool TakePiece(ref ResponsesEvent e)
    {
        ReadOnlySpan<byte> type = e.Type;
        if (type.SequenceEqual("response.output_text.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Text);
        else if (type.SequenceEqual("response.function_call_arguments.delta"u8) || type.SequenceEqual("response.custom_tool_call_input.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Arguments);
        else if (type.SequenceEqual("response.reasoning_summary_text.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Summary);
        else if (type.SequenceEqual("response.reasoning_text.delta"u8) || type.SequenceEqual("response.reasoning.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Reasoning);
        else if (type.SequenceEqual("response.refusal.delta"u8)) _output.AddPiece(e, ResponsesPartKind.Refusal);
        else return ResponsesEvent.SaysNothing(type);
        return true;
    }

    /// <summary>Reads what a response says of itself, all but its output.</summary>
    private ResponseState ReadResponse(ReadOnlySpan<byte> response)
    {
        var state = new ResponseState("completed", null, null);
        if (response.IsEmpty) return state;
        var reader = new Utf8JsonReader(response, JsonOptions.Reader);
        reader.Read();
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) TakeId(ref reader);
            else if (reader.Is("model"u8)) TakeModel(ref reader);
            else if (reader.Is("created_at"u8)) TakeCreated(ref reader);
            else if (reader.Is("status"u8)) state = state with { Status = reader.ReadString() ?? state.Status };
            else if (reader.Is("incomplete_details"u8)) state = state with { Reason = ReadReason(ref reader) };
            else if (reader.Is("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.Is("error"u8) || reader.Is("tools"u8))
            {
                bool isError = reader.Is("error"u8);
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                JsonTokenType token = reader.TokenType;
                reader.Skip();
                ReadOnlySpan<byte> value = response[start..(int)reader.BytesConsumed];
                if (isError && token != JsonTokenType.Null) state = state with { Fault = ProviderFault.TryRead(value, isError: true) };
                else if (!isError && token == JsonTokenType.StartArray) _output.KnowTools(value);
            }
            else reader.Skip();
        }

        return state;
    }

    /// <summary>The same of one that is said to have ended, though it may repeat the status that it had before.</summary>
    private ResponseState EndedState(ReadOnlySpan<byte> response)
    {
        ResponseState state = ReadResponse(response);
        return state.Status is "in_progress" or "queued" ? state with { Status = "completed" } : state;
    }

    private static string? ReadReason(ref Utf8JsonReader reader)
    {
        string? reason = null;
        if (!reader.ReadObject()) return null;

        while (reader.NextProperty())
        {
            if (reader.Is("reason"u8)) reason = reader.ReadString();
            else reader.Skip();
        }

        return reason;
    }

    /// <summary>Ends the answer in the way that the response says.</summary>
    private void EndAs(ResponseState state, ReadOnlySpan<byte> response)
    {
        _output.EndAll(response);
        switch (state.Status)
        {
            case "failed":
                Fail(state.Fault ?? new ProviderFault(null, "the response failed"));
                ShowEnd("error");
                break;
            case "cancelled":
                // By somebody who asked for it, so nobody wants it again.
                Fail(new ProviderFault(null, "the response was cancelled"));
                ShowEnd("cancelled");
                break;
            case "in_progress" or "queued":
                break; // a server that does not stream, and is not ready
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
        Answer.Touch(0).Finish(reason, Dialect.FinishReasons.ToReason(reason));
        // Who looks into a recorded stream wants to see the [DONE] behind it, too.
        IsDone = !ReadsPastErrors;
    }

    /// <summary>
    /// Shows to who looks into a recorded stream how the provider says that it ended. For everybody else an answer that failed has no
    /// finish reason, and so may be taken up again.
    /// </summary>
    private void ShowEnd(string word)
    {
        if (!ReadsPastErrors) return;
        Observer?.OnFinishReason();
        Answer.Touch(0).Finish(word, new ChatFinishReason(word));
    }

    private readonly record struct ResponseState(string Status, string? Reason, ProviderFault? Fault);
}
