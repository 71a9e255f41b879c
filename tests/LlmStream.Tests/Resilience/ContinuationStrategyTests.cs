using System.Text.Json.Nodes;
using LlmStream.Resilience;
using LlmStream.Transport;

namespace LlmStream.Tests.Resilience;

public class ContinuationStrategyTests
{
    private static readonly LlmProvider Qwen = LlmProvider.Qwen; // its prefills are refused after reasoning
    private static readonly LlmProvider Mistral = LlmProvider.Mistral; // its prefills are not

    [Theory]
    [InlineData(null, ChatContinuation.PrefixFlag)]
    [InlineData(ChatContinuation.Replay, ChatContinuation.PrefixFlag)] // a replay is decided elsewhere
    [InlineData(ChatContinuation.Restart, ChatContinuation.Restart)]
    [InlineData(ChatContinuation.Instruction, ChatContinuation.Instruction)]
    [InlineData(ChatContinuation.Prefill, ChatContinuation.Prefill)]
    public void The_options_take_precedence_over_the_provider(ChatContinuation? strategy, ChatContinuation expected) =>
        Assert.Equal(expected, Choose(strategy, Mistral));

    [Theory]
    [InlineData("qwen-plus", ChatContinuation.PartialFlag)]
    [InlineData("qwen3-235b-a22b-thinking-2507", ChatContinuation.Instruction)]
    public void A_model_that_is_known_to_refuse_the_providers_way_gets_an_instruction(string model, ChatContinuation expected) =>
        Assert.Equal(expected, Choose(null, Qwen, model));

    [Fact]
    public void The_options_are_not_overruled_by_what_is_known_of_the_model() =>
        Assert.Equal(ChatContinuation.PartialFlag, Choose(ChatContinuation.PartialFlag, Qwen, "qwen3-235b-a22b-thinking-2507"));

    [Fact]
    public void A_provider_that_only_replays_gets_an_instruction() =>
        Assert.Equal(ChatContinuation.Instruction, Choose(null, Mistral with { Continuation = ChatContinuation.Replay }));

    [Theory]
    [InlineData("qwen", null, ChatContinuation.Instruction)]
    [InlineData("qwen", ChatContinuation.PartialFlag, ChatContinuation.Instruction)]
    [InlineData("qwen", ChatContinuation.Restart, ChatContinuation.Restart)]
    [InlineData("mistral", null, ChatContinuation.PrefixFlag)]
    [InlineData("anthropic", null, ChatContinuation.Instruction)]
    [InlineData("anthropic", ChatContinuation.Restart, ChatContinuation.Restart)]
    public void After_reasoning_a_prefill_is_used_only_if_the_format_takes_it(string provider, ChatContinuation? strategy, ChatContinuation expected) =>
        Assert.Equal(expected, Choose(strategy, LlmProvider.Parse(provider), hasReasoning: true));

    [Theory]
    [InlineData(ChatContinuation.Instruction, false)]
    [InlineData(ChatContinuation.Restart, false)]
    [InlineData(ChatContinuation.Prefill, true)]
    [InlineData(ChatContinuation.PrefixFlag, true)]
    [InlineData(ChatContinuation.PartialFlag, true)]
    [InlineData(ChatContinuation.ContinueFinalMessage, true)]
    public void A_prefill_sends_the_partial_answer_as_the_last_message(ChatContinuation continuation, bool isPrefill) =>
        Assert.Equal(isPrefill, ContinuationStrategy.IsPrefill(continuation));

    [Theory]
    [InlineData(true, 3, null, true)]
    [InlineData(true, 3, ChatContinuation.Replay, true)]
    [InlineData(true, 1, null, true)]
    [InlineData(true, 0, null, false)]
    [InlineData(true, 3, ChatContinuation.Instruction, false)]
    [InlineData(true, 3, ChatContinuation.Restart, false)]
    [InlineData(false, 3, null, false)]
    public void An_answer_may_be_replayed_if_it_is_kept_and_the_options_allow_it(bool isKept, int maxResumes, ChatContinuation? strategy, bool expected)
    {
        var body = new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = isKept };
        ChatRequest request = ChatRequest.Create(body, LlmProvider.OpenAIResponses, requestUsage: false);
        Assert.Equal(expected, ContinuationStrategy.MayReplay(new LlmResumeOptions { MaxResumes = maxResumes, Continuation = strategy }, request));
    }

    [Theory]
    [InlineData(ChatStreamError.InvalidRequest, true)]
    [InlineData(ChatStreamError.ServerError, false)]
    [InlineData(ChatStreamError.Unauthorized, true)]
    public void A_replay_is_refused_by_an_invalid_request(ChatStreamError error, bool expected) =>
        Assert.Equal(expected, ContinuationStrategy.IsReplayRefused(Calls.Failure(error)));

    [Theory]
    [InlineData(ChatStreamError.InvalidRequest, "This model does not support assistant message PREFILL.", true)]
    [InlineData(ChatStreamError.InvalidRequest, "The conversation must end with a user message.", true)]
    [InlineData(ChatStreamError.InvalidRequest, "The context is too long.", false)]
    [InlineData(ChatStreamError.InvalidRequest, null, false)]
    [InlineData(ChatStreamError.ServerError, "Assistant response prefill is incompatible with enable_thinking.", true)]
    [InlineData(ChatStreamError.ServerError, "Cannot have 2 or more assistant messages at the end of the list.", true)]
    [InlineData(ChatStreamError.ServerError, "Conversation roles must alternate user/assistant/user/assistant/...", true)]
    [InlineData(ChatStreamError.ServerError, "The model is loading.", false)]
    [InlineData(ChatStreamError.RateLimited, "prefill", false)]
    public void A_prefill_is_refused_by_certain_messages(ChatStreamError error, string? message, bool expected) => Assert.Equal(
        expected, ContinuationStrategy.IsPrefillRefused(new ChatStreamException(error) { ProviderMessage = message }, Calls.Provider.Dialect.Format));

    private static ChatContinuation Choose(ChatContinuation? strategy, LlmProvider provider, string model = "m", bool hasReasoning = false) =>
        ContinuationStrategy.Choose(new LlmResumeOptions { Continuation = strategy }, provider, new JsonObject { ["model"] = model }, hasReasoning);
}
