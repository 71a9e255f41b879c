using LlmStream.Testing.FrontEnds.Wires;
using static LlmStream.Testing.ChatFrontEndStatus;

namespace LlmStream.Testing.FrontEnds;

/// <summary>Answers that end with the wire's end.</summary>
internal static class AnswerCases
{
    private static readonly string[] Thoughts = ["Rayleigh ", "scattering, ", "散射 🤔."];
    private static readonly AnswerCall Weather = new("call_1", "weather", ["{\"city\":", "\"Par\\u00eds 🌤️\"}"]);
    private static readonly AnswerCall Time = new("call_2", "now", ["{}"]);

    public static IEnumerable<ChatFrontEndCase> Of(FrontEndWire wire)
    {
        yield return Create(
            wire, "complete", "The answer arrives whole.", new Answer(), new Expectation { Statuses = [Done] },
            mustNot: "Change the text: its characters have one to four bytes, some are escaped, and one looks like a line end.");
        yield return Create(
            wire, "reasoning", "Reasoning arrives before the text.", new Answer { Reasoning = Thoughts },
            new Expectation { Statuses = [Done], Reasoning = string.Concat(Thoughts) },
            mustNot: "Show the reasoning as text of the answer.");
        foreach (string reason in new[] { "length", "content_filter" })
        {
            string cause = reason == "length" ? "the limit of tokens" : "a content filter";
            yield return new ChatFrontEndCase(
                wire,
                reason.Replace('_', '-'),
                new Expectation { Statuses = [Done], FinishReason = wire.HasFinishReason ? reason : null },
                ids => CaseReply.Of(wire.Write(new Answer { FinishReason = reason }, ids)))
            {
                Description = $"The answer ends because of {cause}.",
                MustSee = wire.HasFinishReason ? $"The text, and that {cause} ended it." : "The text.",
                MustNot = wire.HasFinishReason ? "Show it like an answer that is complete." : "Treat it as a failure.",
            };
        }

        yield return new ChatFrontEndCase(
            wire,
            "heartbeats",
            new Expectation { Statuses = [Done] },
            ids => Beating(CaseReply.Of(wire.Write(new Answer(), ids))))
        {
            Description = "For a while nothing arrives but comments, before the answer and in the middle of it.",
            MustSee = "The whole text, once it has arrived.",
            MustNot = "Show the comments, or give up.",
        };
        if (wire.HasSeam)
        {
            yield return Create(
                wire, "continued", "The server continued the answer after its own connection broke, and says so.",
                new Answer { SeamAfter = 3 }, new Expectation { Statuses = [Done] },
                mustNot: "Fail at an event that it does not use.");
        }

        if (!wire.HasToolCalls) yield break;
        yield return Create(
            wire, "tool-calls", "After the text the model calls two tools, one without arguments.",
            new Answer { Calls = [Weather, Time], FinishReason = "tool_calls" },
            new Expectation { Statuses = [Done], Calls = [Weather, Time] },
            mustNot: "Lose a call, or change the arguments.", mustSee: "The text, and both calls.");
        yield return Create(
            wire, "tool-call-length", "The limit of tokens ends the answer in the middle of a call's arguments.",
            new Answer { Calls = [Cut], FinishReason = "length" },
            new Expectation { Statuses = [Done], FinishReason = wire.HasFinishReason ? "length" : null },
            mustNot: "Run the tool.", mustSee: "The text, and that the limit of tokens ended the answer.");
    }

    /// <summary>A call whose arguments break off.</summary>
    public static AnswerCall Cut { get; } = new("call_1", "weather", ["{\"city\":", "\"Par"], IsCut: true);

    private static ChatFrontEndCase Create(
        FrontEndWire wire, string ending, string description, Answer answer, Expectation expectation, string mustNot,
        string mustSee = "The whole text, and that it is complete.") => new(
            wire,
            ending,
            expectation,
            ids => CaseReply.Of(wire.Write(answer, ids)))
        {
            Description = description,
            MustSee = mustSee,
            MustNot = mustNot,
        };

    private static CaseReply Beating(CaseReply reply)
    {
        IEnumerable<ReplyStep> beat = [new(ReplyStepKind.Silence), ReplyStep.Comment];
        int middle = reply.Steps.Count / 2;
        return reply with { Steps = [.. beat, .. beat, .. reply.Steps.Take(middle), .. beat, .. beat, .. reply.Steps.Skip(middle)] };
    }
}
