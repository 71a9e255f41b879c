namespace LlmStream.Testing.FrontEnds.Wires;

/// <summary>Plain JSON events, as custom front ends use them: <c>{"content":"…"}</c>, <c>{"done":true,"tokens":N}</c>.</summary>
internal sealed class JsonFrontEndWire() : FrontEndWire("json")
{
    public override bool ReplaysWhole => false;

    public override bool HasToolCalls => false;

    public override bool HasCanceled => false;

    public override string ErrorContentType => "application/problem+json";

    public override IEnumerable<string> Write(Answer answer, RunIds ids)
    {
        foreach (string piece in answer.Reasoning) yield return $$"""{"reasoning":{{Quote(piece)}}}""";
        foreach (string piece in answer.Text) yield return WriteMore(piece);
        switch (answer.End)
        {
            case AnswerEnd.Complete:
                string reason = answer.FinishReason == "stop" ? "" : $",\"finish_reason\":{Quote(answer.FinishReason)}";
                yield return $$"""{"done":true,"tokens":0{{reason}}}""";
                break;
            case AnswerEnd.Failed:
                yield return Error(Failure.Truncated.Message);
                break;
            case AnswerEnd.Canceled:
                yield return Error("cancelled");
                break;
        }
    }

    public override IEnumerable<string> WriteFailure(Failure failure, RunIds ids) => [Error(failure.Message)];

    public override string WriteMore(string piece) => $$"""{"content":{{Quote(piece)}}}""";

    // RFC 9457.
    public override string WriteError(Failure failure) =>
        $$"""{"type":"about:blank","status":{{failure.Status}},"detail":{{Quote(failure.Message)}},"code":"{{failure.Code}}"}""";

    private static string Error(string message) => $$"""{"error":{{Quote(message)}}}""";
}
