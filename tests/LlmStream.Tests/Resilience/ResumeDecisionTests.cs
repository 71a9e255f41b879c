using System.Text.Json.Nodes;
using LlmStream.Resilience;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

public class ResumeDecisionTests
{
    private static readonly ChatChoice Text = new() { Text = "0123456789" };

    [Fact]
    public void An_answer_that_breaks_off_in_its_text_is_resumed() => Assert.Null(Decide(Text));

    [Fact]
    public void An_answer_of_which_nothing_has_arrived_is_resumed() => Assert.Null(Decide([]));

    [Theory]
    [InlineData(0, ChatResumeRefusal.TurnedOff)]
    [InlineData(1, null)]
    public void Resuming_can_be_turned_off(int maxResumes, ChatResumeRefusal? expected) => Assert.Equal(expected, Decide(Text, new LlmResumeOptions { MaxResumes = maxResumes }));

    [Theory]
    [InlineData(9, ChatResumeRefusal.PartialTooLong)]
    [InlineData(10, null)]
    [InlineData(11, null)]
    public void A_partial_answer_may_be_as_long_as_the_limit(int limit, ChatResumeRefusal? expected) =>
        Assert.Equal(expected, Decide(Text, new LlmResumeOptions { MaxPartialCharacters = limit }));

    [Theory]
    [InlineData(ChatStreamError.Connection, true, null)]
    [InlineData(ChatStreamError.Truncated, true, null)]
    [InlineData(ChatStreamError.IdleTimeout, true, null)]
    [InlineData(ChatStreamError.Connection, false, ChatResumeRefusal.NotTransient)]
    [InlineData(ChatStreamError.TotalTimeout, false, ChatResumeRefusal.NotTransient)]
    [InlineData(ChatStreamError.TotalTimeout, true, ChatResumeRefusal.NotTransient)]
    public void Only_a_transient_failure_is_resumed_and_never_the_total_timeout(ChatStreamError error, bool isTransient, ChatResumeRefusal? expected)
    {
        Assert.Equal(expected, Decide([Text], failure: Calls.Failure(error, isTransient)));
        Assert.Equal(expected, DecideReplay(failure: Calls.Failure(error, isTransient)));
    }

    [Theory]
    [InlineData("stop", ChatResumeRefusal.NothingToGain)]
    [InlineData("length", ChatResumeRefusal.NothingToGain)]
    [InlineData("made_up", ChatResumeRefusal.NothingToGain)]
    [InlineData("content_filter", ChatResumeRefusal.ContentFiltered)]
    public void An_answer_with_a_finish_reason_is_not_resumed(string reason, ChatResumeRefusal expected)
    {
        var choice = new ChatChoice { Text = "a", FinishReason = new ChatFinishReason(reason) };
        Assert.Equal(expected, Decide(choice));
        Assert.Equal(expected, Decide([choice], failure: Calls.Failure(isTransient: false))); // it takes precedence
    }

    [Fact]
    public void Several_choices_are_not_resumed()
    {
        Assert.Equal(ChatResumeRefusal.SeveralChoices, Decide([Text, new ChatChoice { Index = 1 }]));
        Assert.Equal(ChatResumeRefusal.SeveralChoices, Decide([Text], body: Body("""{"n":2}""")));
        Assert.Null(Decide([Text], body: Body("""{"n":1}""")));
    }

    [Fact]
    public void A_tool_call_is_not_resumed() =>
        Assert.Equal(ChatResumeRefusal.InsideToolCall, Decide(new ChatChoice { Text = "a", ToolCalls = [new ToolCall { Index = 0 }] }));

    [Fact]
    public void A_refusal_is_not_resumed() => Assert.Equal(ChatResumeRefusal.ContentFiltered, Decide(new ChatChoice { Refusal = "I" }));

    [Theory]
    [InlineData("""{"response_format":{"type":"json_object"}}""", ChatResumeRefusal.StructuredOutput)]
    [InlineData("""{"response_format":{"type":"text"}}""", null)]
    public void Structured_output_is_not_resumed(string fields, ChatResumeRefusal? expected) => Assert.Equal(expected, Decide([Text], body: Body(fields)));

    [Theory]
    [InlineData("Hm", "", ChatResumeRefusal.ReasoningNotResumable)]
    [InlineData("Hm", "a", null)]
    [InlineData("", "", null)]
    public void Reasoning_is_resumed_only_after_the_text_has_begun(string reasoning, string text, ChatResumeRefusal? expected) =>
        Assert.Equal(expected, Decide(new ChatChoice { Reasoning = reasoning, Text = text }));

    [Theory]
    [InlineData(null, ChatResumeRefusal.NoConversation)]
    [InlineData(ChatContinuation.Prefill, ChatResumeRefusal.NoConversation)]
    [InlineData(ChatContinuation.Restart, null)]
    public void Without_a_list_of_messages_only_a_restart_is_possible(ChatContinuation? strategy, ChatResumeRefusal? expected) =>
        Assert.Equal(expected, Decide([Text], new LlmResumeOptions { Continuation = strategy }, body: new JsonObject { ["prompt"] = "Why?" }));

    [Theory]
    [InlineData(3, null)]
    [InlineData(4, ChatResumeRefusal.BudgetSpent)]
    public void The_budget_limits_the_attempts(int attempts, ChatResumeRefusal? expected)
    {
        Assert.Equal(expected, Decide([Text], attempts: attempts));
        Assert.Equal(expected, DecideReplay(attempts: attempts));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, ChatResumeRefusal.BudgetSpent)]
    public void The_limit_of_resumes_limits_them(int resumes, ChatResumeRefusal? expected)
    {
        var options = new LlmResumeOptions { MaxResumes = 2 };
        Assert.Equal(expected, Decide([Text], options, resumes: resumes));
        Assert.Equal(expected, DecideReplay(options, resumes: resumes));
    }

    [Fact]
    public void A_reason_in_the_answer_takes_precedence_over_the_budget() =>
        Assert.Equal(ChatResumeRefusal.ContentFiltered, Decide([new ChatChoice { Refusal = "I" }], attempts: 4));

    [Fact]
    public void A_replay_can_be_turned_off() =>
        Assert.Equal(ChatResumeRefusal.TurnedOff, DecideReplay(new LlmResumeOptions { MaxResumes = 0 }));

    [Theory]
    [InlineData(true, null, ChatResumeRefusal.BudgetSpent)]
    [InlineData(true, 60_000, ChatResumeRefusal.BudgetSpent)]
    [InlineData(true, 60_001, ChatResumeRefusal.WaitTooLong)]
    [InlineData(false, null, ChatResumeRefusal.NotTransient)]
    [InlineData(false, 60_001, ChatResumeRefusal.NotTransient)]
    public void A_resume_whose_request_failed_is_refused_with_the_reason(bool isTransient, int? retryAfter, ChatResumeRefusal expected)
    {
        TimeSpan? wait = retryAfter is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        Assert.Equal(expected, ResumeDecision.AfterFailedResume(Calls.Failure(isTransient: isTransient, retryAfter: wait), new LlmRetryOptions()));
    }

    private static JsonObject Body(string fields = "{}")
    {
        JsonObject body = JsonNode.Parse(fields)!.AsObject();
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" });
        return body;
    }

    private static ChatResumeRefusal? Decide(ChatChoice choice, LlmResumeOptions? options = null) => Decide([choice], options);

    private static ChatResumeRefusal? Decide(
        ChatChoice[] choices, LlmResumeOptions? options = null, JsonObject? body = null, ChatStreamException? failure = null, int attempts = 1, int resumes = 0)
    {
        using CallContext call = Call(options, attempts, resumes);
        return ResumeDecision.DecideContinuation(failure ?? Calls.Failure(), new ChatStreamResult { Choices = choices }, body ?? Body(), call);
    }

    private static ChatResumeRefusal? DecideReplay(
        LlmResumeOptions? options = null, ChatStreamException? failure = null, int attempts = 1, int resumes = 0)
    {
        using CallContext call = Call(options, attempts, resumes);
        return ResumeDecision.DecideReplay(failure ?? Calls.Failure(), call);
    }

    private static CallContext Call(LlmResumeOptions? options, int attempts, int resumes)
    {
        CallContext call = Calls.Create(o => o.Resume = options ?? new LlmResumeOptions(), attempts);
        for (int i = 0; i < resumes; i++) call.BeginResume(Calls.Failure(), 0);
        return call;
    }
}
