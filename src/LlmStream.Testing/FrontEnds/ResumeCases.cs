using LlmStream.Testing.FrontEnds.Wires;
using static LlmStream.Testing.ChatFrontEndStatus;

namespace LlmStream.Testing.FrontEnds;

/// <summary>Answers that the server keeps: what the front end requests again, and what it stops.</summary>
internal static class ResumeCases
{
    private const string Reload = "After some of the text, reloads the page, which requests the rest of the answer.";
    private const string Reconnect = "Nothing; the front end requests the rest of the answer by itself, or a button does.";

    public static IEnumerable<ChatFrontEndCase> Of(FrontEndWire wire)
    {
        yield return new ChatFrontEndCase(
            wire,
            "reload",
            new Expectation { Statuses = [Done], BeginsOnce = true },
            ids => CaseReply.Of(wire.Write(Answer.Partial, ids)).Then(new ReplyStep(ReplyStepKind.UntilClientLeaves)))
        {
            Description = "The server keeps the answer. It sends some of it, then silence; to the request of the reloaded page, all of it.",
            Action = Reload,
            MustSee = "The whole text, once, and that it is complete.",
            MustNot = "Show parts of the text twice, show two answers, or request another answer.",
            Resume = ids => CaseReply.Of(wire.Write(new Answer(), ids)),
        };
        yield return new ChatFrontEndCase(
            wire,
            "reload-after-end",
            new Expectation { Statuses = [Done], BeginsOnce = true },
            ids => CaseReply.Of(wire.Write(new Answer(), ids)))
        {
            Description = "The server keeps the answer, and sends all of it again to the request of the reloaded page.",
            Action = "After the end of the answer, reloads the page, which requests the answer.",
            MustSee = "The whole text, once, and that it is complete.",
            MustNot = "Show two answers, or request another answer.",
            Resume = ids => CaseReply.Of(wire.Write(new Answer(), ids)),
        };
        yield return new ChatFrontEndCase(
            wire,
            "reconnect",
            new Expectation { Statuses = [Done], BeginsOnce = true },
            ids => CaseReply.Of(wire.Write(Answer.Partial, ids)).Then(new ReplyStep(ReplyStepKind.Reset)))
        {
            Description = "The server keeps the answer. The connection is reset after some of the text; to a second request it sends "
                + (wire.ReplaysWhole ? "all of the answer." : "what follows the last event that arrived."),
            Action = Reconnect,
            MustSee = "The whole text, once, and that it is complete.",
            MustNot = "Show parts of the text twice, or request another answer.",
            Resume = ids => CaseReply.Of(wire.Write(new Answer(), ids)),
        };
        yield return new ChatFrontEndCase(
            wire,
            "reconnect-to-failure",
            new Expectation
            {
                Statuses = [Failed],
                Text = string.Concat(Answer.Partial.Text),
                Error = Failure.Truncated.Message,
                BeginsOnce = true,
            },
            ids => CaseReply.Of(wire.Write(Answer.Partial with { Text = [.. Answer.Pieces.Take(2)] }, ids))
                .Then(new ReplyStep(ReplyStepKind.Reset)))
        {
            Description = "The connection is reset after some of the text. "
                + "To a second request the server sends more of it, and then an error.",
            Action = Reconnect,
            MustSee = $"The text so far, once, and the error \"{Failure.Truncated.Message}\".",
            MustNot = "Show parts of the text twice, or show it like an answer that is complete.",
            Resume = ids => CaseReply.Of(wire.Write(Answer.Partial with { End = AnswerEnd.Failed }, ids)),
        };
        yield return new ChatFrontEndCase(
            wire,
            "reconnect-to-nothing",
            new Expectation
            {
                Statuses = [Failed, Unknown],
                Text = string.Concat(Answer.Partial.Text),
                TextRule = TextRule.IsStartOf,
                BeginsOnce = true,
            },
            ids => CaseReply.Of(wire.Write(Answer.Partial, ids)).Then(new ReplyStep(ReplyStepKind.Reset)))
        {
            Description = "The connection is reset after some of the text. "
                + $"Nothing was kept: a second request is answered with {wire.NothingStatus}.",
            Action = Reconnect,
            MustSee = "That the answer is not complete; the text so far may be gone.",
            MustNot = "Show the text like an answer that is complete, or request another answer without asking the user.",
        };
        yield return Stop(wire);
    }

    private static ChatFrontEndCase Stop(FrontEndWire wire)
    {
        return new ChatFrontEndCase(
            wire,
            "stop",
            new Expectation
            {
                Statuses = wire.HasCanceled ? [Canceled] : [Canceled, Failed],
                Text = Answer.Pieces[0],
                TextRule = TextRule.StartsWith,
                BeginsOnce = true,
                Stops = true,
            },
            Endless)
        {
            Description = "The answer has no end, until it is stopped: then the server ends it as canceled.",
            Action = "After some of the text, presses the button that stops the answer.",
            MustSee = "The text so far, and that it was stopped.",
            MustNot = "Only disconnect: the server keeps the answer and goes on with it.",
            Resume = Endless,
        };

        CaseReply Endless(RunIds ids)
        {
            int begun = wire.Write(Answer.Partial, ids).Count();
            IEnumerable<string> all = wire.Write(Answer.Partial with { End = AnswerEnd.Canceled }, ids);
            return CaseReply.Of(all.Take(begun))
                .Then(new ReplyStep(ReplyStepKind.UntilStopped, wire.WriteMore("blue, ")))
                .Then(all.Skip(begun).Select(ReplyStep.Event));
        }
    }
}
