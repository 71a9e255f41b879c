namespace LlmStream.Testing.FrontEnds.Wires;

/// <summary>OpenAI's chat completion chunks (platform.openai.com/docs/api-reference/chat-streaming).</summary>
internal sealed class OpenAIFrontEndWire() : FrontEndWire("openai")
{
    public override bool ReplaysWhole => false;

    public override bool HasCanceled => false;

    public override IEnumerable<string> Write(Answer answer, RunIds ids)
    {
        IEnumerable<string> deltas =
        [
            .. answer.Reasoning.Select(piece => $"\"reasoning_content\":{Quote(piece)}"),
            .. answer.Text.Select(TextDelta),
            .. answer.Calls.SelectMany((call, i) => WriteCall(call, i)),
        ];
        bool isFirst = true;
        foreach (string delta in deltas)
        {
            // The role is in the first delta alone.
            yield return Chunk(isFirst ? $"\"role\":\"assistant\",{delta}" : delta, "null");
            isFirst = false;
        }

        if (answer.End == AnswerEnd.Complete)
        {
            yield return Chunk("", Quote(answer.FinishReason));
            yield return "[DONE]";
        }
        else if (answer.End is AnswerEnd.Failed or AnswerEnd.Canceled)
        {
            yield return WriteError(answer.End == AnswerEnd.Failed ? Failure.Truncated : Failure.Canceled);
        }
    }

    public override IEnumerable<string> WriteFailure(Failure failure, RunIds ids) => [WriteError(failure)];

    public override string WriteMore(string piece) => Chunk(TextDelta(piece), "null");

    public override string WriteError(Failure failure)
    {
        string type = failure.Status switch
        {
            429 => "rate_limit_error",
            499 => "cancelled",
            < 500 => "invalid_request_error",
            _ => "server_error",
        };
        return $$$"""{"error":{"message":{{{Quote(failure.Message)}}},"type":"{{{type}}}","code":"{{{failure.Code}}}"}}""";
    }

    private static string TextDelta(string piece) => $"\"content\":{Quote(piece)}";

    private static IEnumerable<string> WriteCall(AnswerCall call, int index)
    {
        string function = $$"""{"name":{{Quote(call.Name)}},"arguments":""}""";
        yield return $$"""
            "tool_calls":[{"index":{{index}},"id":{{Quote(call.Id)}},"type":"function","function":{{function}}}]
            """;
        foreach (string fragment in call.Arguments)
            yield return $$$"""
                "tool_calls":[{"index":{{{index}}},"function":{"arguments":{{{Quote(fragment)}}}}}]
                """;
    }

    private static string Chunk(string delta, string finishReason) =>
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"scripted-model\","
        + $$"""
        "choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{finishReason}}}]}
        """;
}
