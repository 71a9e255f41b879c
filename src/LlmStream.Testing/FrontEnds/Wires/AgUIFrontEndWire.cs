namespace LlmStream.Testing.FrontEnds.Wires;

/// <summary>AG-UI 1.0 (docs.ag-ui.com).</summary>
internal sealed class AgUIFrontEndWire() : FrontEndWire("ag-ui")
{
    private const string ReasoningId = "message-1-reasoning-1";

    // The protocol has no way to resume; a replay from the beginning is what works in practice.
    public override bool ReplaysWhole => true;

    public override bool HasFinishReason => false;

    public override bool HasSeam => true;

    public override string ErrorContentType => "text/plain; charset=utf-8";

    public override IEnumerable<string> Write(Answer answer, RunIds ids)
    {
        yield return Run("RUN_STARTED", ids, ",\"protocolVersion\":\"1.0\"");
        if (answer.Reasoning.Count > 0)
        {
            yield return Of("REASONING_START", ReasoningId);
            yield return Of("REASONING_MESSAGE_START", ReasoningId, ",\"role\":\"reasoning\"");
            foreach (string piece in answer.Reasoning)
                yield return Of("REASONING_MESSAGE_CONTENT", ReasoningId, $",\"delta\":{Quote(piece)}");
            yield return Of("REASONING_MESSAGE_END", ReasoningId);
            yield return Of("REASONING_END", ReasoningId);
        }

        if (answer.Text.Count > 0) yield return Of("TEXT_MESSAGE_START", MessageId, ",\"role\":\"assistant\"");
        for (int i = 0; i < answer.Text.Count; i++)
        {
            if (i == answer.SeamAfter)
                yield return """{"type":"CUSTOM","name":"llmstream.seam","value":{"kind":"appended","attempt":2}}""";
            yield return WriteMore(answer.Text[i]);
        }

        bool closesText = answer.Text.Count > 0 && (answer.Calls.Count > 0 || answer.End != AnswerEnd.None);
        if (closesText) yield return Of("TEXT_MESSAGE_END", MessageId);
        foreach (string call in answer.Calls.SelectMany(call => WriteCall(call, answer.End))) yield return call;
        foreach (string end in WriteEnd(answer, ids)) yield return end;
    }

    public override IEnumerable<string> WriteFailure(Failure failure, RunIds ids) =>
        [Run("RUN_STARTED", ids, ",\"protocolVersion\":\"1.0\""), WriteRunError(failure)];

    public override string WriteMore(string piece) => Of("TEXT_MESSAGE_CONTENT", MessageId, $",\"delta\":{Quote(piece)}");

    public override string WriteError(Failure failure) => failure.Message;

    private static IEnumerable<string> WriteEnd(Answer answer, RunIds ids)
    {
        switch (answer.End)
        {
            case AnswerEnd.Complete:
                // Clients run a call that has no result.
                foreach (AnswerCall call in answer.Calls.Where(call => call.IsCut))
                {
                    yield return Of(
                        "TOOL_CALL_RESULT", "message-1-result-1",
                        $",\"toolCallId\":{Quote(call.Id)},\"content\":\"The call is incomplete.\",\"role\":\"tool\"");
                }

                string calls = string.Join(',', answer.Calls.Where(call => !call.IsCut).Select(call => Quote(call.Id)));
                string pending = calls.Length > 0 ? $",\"pendingToolCallIds\":[{calls}]" : "";
                string reason = Quote(answer.FinishReason);
                string metadata = $$$"""
                    "metadata":{"finishReason":{{{reason}}},"tanstack":{"finishReason":{{{reason}}}}}
                    """;
                yield return Run("RUN_FINISHED", ids, $$$""","outcome":{"type":"success"{{{pending}}}},{{{metadata}}}""");
                break;
            case AnswerEnd.Failed:
                yield return WriteRunError(Failure.Truncated);
                break;
            case AnswerEnd.Canceled:
                yield return Run("RUN_FINISHED", ids, ",\"outcome\":{\"type\":\"cancelled\"}");
                break;
        }
    }

    private static IEnumerable<string> WriteCall(AnswerCall call, AnswerEnd end)
    {
        string id = $"\"toolCallId\":{Quote(call.Id)}";
        yield return $$"""{"type":"TOOL_CALL_START",{{id}},"toolCallName":{{Quote(call.Name)}},"parentMessageId":"{{MessageId}}"}""";
        foreach (string fragment in call.Arguments) yield return $$"""{"type":"TOOL_CALL_ARGS",{{id}},"delta":{{Quote(fragment)}}}""";
        // The end of a call means that its arguments are complete; but no run finishes with an open call.
        string incomplete = call.IsCut ? ",\"metadata\":{\"incomplete\":true}" : "";
        if (!call.IsCut || end is AnswerEnd.Complete or AnswerEnd.Canceled)
            yield return $$"""{"type":"TOOL_CALL_END",{{id}}{{incomplete}}}""";
    }

    private static string WriteRunError(Failure failure) =>
        $$"""{"type":"RUN_ERROR","message":{{Quote(failure.Message)}},"code":"{{failure.Code}}"}""";

    private static string Run(string type, RunIds ids, string rest) =>
        $$"""{"type":"{{type}}","threadId":{{Quote(ids.ThreadId)}},"runId":{{Quote(ids.RunId)}}{{rest}}}""";

    private static string Of(string type, string messageId, string rest = "") =>
        $$"""{"type":"{{type}}","messageId":"{{messageId}}"{{rest}}}""";
}
