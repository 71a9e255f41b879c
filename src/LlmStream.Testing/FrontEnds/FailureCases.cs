using LlmStream.Testing.FrontEnds.Wires;
using static LlmStream.Testing.ChatFrontEndStatus;

namespace LlmStream.Testing.FrontEnds;

/// <summary>Answers that fail, are canceled, or just break off.</summary>
internal static class FailureCases
{
    private static readonly string PartialText = string.Concat(Answer.Partial.Text);
    private static readonly Expectation Broken = new() { Statuses = [Failed, Unknown], Text = PartialText };

    public static IEnumerable<ChatFrontEndCase> Of(FrontEndWire wire)
    {
        foreach (Failure failure in Failure.BeforeStart) yield return BeforeStart(wire, failure);
        yield return new ChatFrontEndCase(
            wire,
            "slow-failure",
            new Expectation { Statuses = [Failed], Text = "", Error = Failure.Timeout.Message },
            ids => new CaseReply { Steps = [new(ReplyStepKind.SlowStart), ReplyStep.Comment] }
                .Then(wire.WriteFailure(Failure.Timeout, ids).Select(ReplyStep.Event)))
        {
            Description = "The answer does not begin for so long that the server sends headers and a comment; then it fails.",
            MustSee = $"The error \"{Failure.Timeout.Message}\".",
            MustNot = "Take the status 200 for success.",
        };
        yield return new ChatFrontEndCase(
            wire,
            "error",
            new Expectation { Statuses = [Failed], Text = PartialText, Error = Failure.Truncated.Message },
            ids => CaseReply.Of(wire.Write(Answer.Partial with { End = AnswerEnd.Failed }, ids)))
        {
            Description = "The answer fails after some of the text.",
            MustSee = $"The text so far, and the error \"{Failure.Truncated.Message}\".",
            MustNot = "Remove the text, or show it like an answer that is complete.",
        };
        yield return new ChatFrontEndCase(
            wire,
            "canceled",
            new Expectation { Statuses = wire.HasCanceled ? [Canceled] : [Canceled, Failed], Text = PartialText },
            ids => CaseReply.Of(wire.Write(Answer.Partial with { End = AnswerEnd.Canceled }, ids)))
        {
            Description = "The answer is stopped, by somebody else, after some of the text.",
            MustSee = "The text so far, and that it was stopped.",
            MustNot = "Show it like an answer that is complete.",
        };
        yield return Breaking(
            wire, "cut", "The body ends after some of the text, cleanly, but without the wire's end.", Answer.Partial, Broken);
        yield return Breaking(
            wire, "cut-in-event", "The body ends in the middle of an event, cleanly.", Answer.Partial, Broken,
            new ReplyStep(ReplyStepKind.Raw, $"data: {Half(wire.WriteMore(Answer.Pieces[Answer.PartialCount]))}"));
        yield return Breaking(
            wire, "reset", "The connection is reset after some of the text.", Answer.Partial, Broken, new ReplyStep(ReplyStepKind.Reset));
        if (!wire.HasToolCalls) yield break;
        var calling = new Answer { Calls = [AnswerCases.Cut], End = AnswerEnd.None };
        yield return Breaking(
            wire, "tool-call-cut", "The body ends in the middle of a call's arguments, cleanly.", calling,
            new Expectation { Statuses = [Failed, Unknown] });
        yield return new ChatFrontEndCase(
            wire,
            "tool-call-error",
            new Expectation { Statuses = [Failed], Error = Failure.Truncated.Message },
            ids => CaseReply.Of(wire.Write(calling with { End = AnswerEnd.Failed }, ids)))
        {
            Description = "The answer fails in the middle of a call's arguments.",
            MustSee = $"The text, and the error \"{Failure.Truncated.Message}\".",
            MustNot = "Run the tool.",
        };
    }

    private static ChatFrontEndCase BeforeStart(FrontEndWire wire, Failure failure) => new(
        wire,
        $"status-{failure.Status}",
        new Expectation
        {
            Statuses = [Failed],
            Text = "",
            Error = failure.Message,
            BeginsOnce = failure.Status < 429,
        },
        _ => CaseReply.Of(wire, failure))
    {
        Description = $"The request is answered with the status {failure.Status}.",
        MustSee = $"The error \"{failure.Message}\", and no answer.",
        MustNot = failure.Status < 429 ? "Send the request again." : "Show an empty answer.",
    };

    private static ChatFrontEndCase Breaking(
        FrontEndWire wire, string ending, string description, Answer answer, Expectation expectation, params ReplyStep[] then) =>
        new(
            wire,
            ending,
            expectation,
            ids => CaseReply.Of(wire.Write(answer, ids)).Then(then))
        {
            Description = description,
            MustSee = "The text so far, and that it is not complete.",
            MustNot = answer.Calls.Count > 0 ? "Run the tool." : "Show it like an answer that is complete.",
        };

    private static string Half(string data) => data[..(data.Length / 2)];
}
