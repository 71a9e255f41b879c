namespace LlmStream.Testing.FrontEnds.Wires;

/// <summary>The UI message stream, version 1 (ai-sdk.dev/docs/ai-sdk-ui/stream-protocol).</summary>
internal sealed class UIMessagesFrontEndWire() : FrontEndWire("ui-messages")
{
    private const string Done = "[DONE]";
    private const string TextId = "text-1";
    private const string ReasoningId = "reasoning-1";

    public override bool ReplaysWhole => true;

    public override bool HasSeam => true;

    public override int NothingStatus => 204;

    public override string ErrorContentType => "text/plain; charset=utf-8";

    public override IEnumerable<(string Name, string Value)> Headers => [("x-vercel-ai-ui-message-stream", "v1")];

    public override IEnumerable<string> Write(Answer answer, RunIds ids)
    {
        yield return $$"""{"type":"start","messageId":"{{MessageId}}"}""";
        yield return """{"type":"start-step"}""";
        if (answer.Reasoning.Count > 0)
        {
            yield return $$"""{"type":"reasoning-start","id":"{{ReasoningId}}"}""";
            foreach (string piece in answer.Reasoning)
                yield return $$"""{"type":"reasoning-delta","id":"{{ReasoningId}}","delta":{{Quote(piece)}}}""";
            yield return $$"""{"type":"reasoning-end","id":"{{ReasoningId}}"}""";
        }

        if (answer.Text.Count > 0) yield return $$"""{"type":"text-start","id":"{{TextId}}"}""";
        for (int i = 0; i < answer.Text.Count; i++)
        {
            if (i == answer.SeamAfter)
                yield return """{"type":"data-seam","data":{"attempt":2,"kind":"appended"},"transient":true}""";
            yield return WriteMore(answer.Text[i]);
        }

        // A part that is open when an answer breaks off stays open.
        bool closesText = answer.Text.Count > 0 && (answer.Calls.Count > 0 || answer.End == AnswerEnd.Complete);
        if (closesText) yield return $$"""{"type":"text-end","id":"{{TextId}}"}""";
        foreach (string chunk in answer.Calls.SelectMany(call => WriteCall(call, answer.End == AnswerEnd.Complete))) yield return chunk;
        switch (answer.End)
        {
            case AnswerEnd.Complete:
                yield return """{"type":"finish-step"}""";
                yield return $$"""{"type":"finish","finishReason":{{Quote(answer.FinishReason.Replace('_', '-'))}}}""";
                yield return Done;
                break;
            case AnswerEnd.Failed:
                foreach (string chunk in WriteEnd(Failure.Truncated)) yield return chunk;
                break;
            case AnswerEnd.Canceled:
                yield return """{"type":"abort"}""";
                yield return Done;
                break;
        }
    }

    public override IEnumerable<string> WriteFailure(Failure failure, RunIds ids) =>
        [$$"""{"type":"start","messageId":"{{MessageId}}"}""", """{"type":"start-step"}""", .. WriteEnd(failure)];

    public override string WriteMore(string piece) => $$"""{"type":"text-delta","id":"{{TextId}}","delta":{{Quote(piece)}}}""";

    public override string WriteError(Failure failure) => failure.Message;

    private static IEnumerable<string> WriteEnd(Failure failure) =>
        [$$"""{"type":"error","errorText":{{Quote(failure.Message)}}}""", Done];

    private static IEnumerable<string> WriteCall(AnswerCall call, bool isAnswerComplete)
    {
        string head = $"\"toolCallId\":{Quote(call.Id)},\"toolName\":{Quote(call.Name)}";
        string input = string.Concat(call.Arguments);
        yield return $$"""{"type":"tool-input-start",{{head}}}""";
        foreach (string fragment in call.Arguments)
            yield return $$"""{"type":"tool-input-delta","toolCallId":{{Quote(call.Id)}},"inputTextDelta":{{Quote(fragment)}}}""";
        if (!call.IsCut)
            yield return $$"""{"type":"tool-input-available",{{head}},"input":{{input}}}""";
        else if (isAnswerComplete)
            yield return $$"""{"type":"tool-input-error",{{head}},"input":{{Quote(input)}},"errorText":"The call is incomplete."}""";
    }
}
