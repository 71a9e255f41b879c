using LlmStream.Dialects;
using LlmStream.Tests.Dialects.Streams;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class FinishReasonNamesTests
{
    public static TheoryData<string> Failures =>
    [
        "error", "ERROR", "abort", "aborted", "failed", "cancelled", "canceled", "USER_CANCEL", "timeout", "TIMEOUT", "time_limit",
        "insufficient_system_resource", "network_error", "server_error", "engine_overloaded", "MALFORMED_FUNCTION_CALL",
        "malformed_function_call", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "malformed_tool_use",
        "function_call_filter: MALFORMED_FUNCTION_CALL", "FinishReason.UNEXPECTED_TOOL_CALL", "upstream_error", "EngineFailure",
        "generation-aborted",
    ];

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("end_turn", "stop")]
    [InlineData("COMPLETE", "stop")]
    [InlineData("length", "length")]
    [InlineData("max_tokens", "length")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("maxTokens", "length")]
    [InlineData("max-tokens", "length")]
    [InlineData("max_output_tokens", "length")]
    [InlineData("model_length", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("ERROR_LIMIT", "length")] // not a failure, in spite of its name
    [InlineData("tool_calls", "tool_calls")]
    [InlineData("function_call", "tool_calls")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("content_filter", "content_filter")]
    [InlineData("content_filter: PROHIBITED_CONTENT", "content_filter")]
    [InlineData("sensitive", "content_filter")]
    [InlineData("refusal", "content_filter")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("ERROR_TOXIC", "content_filter")]
    [InlineData("guardrail_intervened", "content_filter")]
    [InlineData("eos_token", "eos_token")]
    [InlineData("pause_turn", "pause_turn")]
    [InlineData("OTHER", "OTHER")]
    [InlineData("something: else", "something: else")]
    [InlineData("...", "...")]
    public void A_known_name_is_mapped_and_an_unknown_one_is_passed_on(string name, string reason)
    {
        Assert.Equal(new ChatFinishReason(reason), FinishReasonNames.Common.ToReason(name));
        Assert.False(FinishReasonNames.Common.IsFailure(name));
    }

    [Theory, MemberData(nameof(Failures))]
    public void A_failure_is_passed_on_unchanged(string name)
    {
        Assert.True(FinishReasonNames.Common.IsFailure(name));
        Assert.Equal(name, FinishReasonNames.Common.ToReason(name).Value);
    }

    [Fact]
    public void A_format_may_add_names()
    {
        var names = new FinishReasonNames { Stop = ["5"], Failure = ["6"] };
        Assert.Equal(ChatFinishReason.Stop, names.ToReason("5"));
        Assert.Equal(ChatFinishReason.Stop, names.ToReason("stop"));
        Assert.True(names.IsFailure("6"));
        Assert.False(FinishReasonNames.Common.IsFailure("6"));
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task A_failure_is_an_error_in_every_dialect(string name)
    {
        foreach (DialectStream stream in DialectStream.All.Where(stream => stream.HasFinishReasons))
        {
            Outcome outcome = await Outcome.ReadAsync(stream.Body(name), stream.Dialect);
            Assert.Equal((stream.Dialect.Name, "ProviderError", "Hello"), (stream.Dialect.Name, outcome.Ending, outcome.Result.Text));
            Assert.Equal(name, outcome.Exception!.ProviderCode);
            Assert.Null(outcome.Result.FinishReason); // so that the answer can be resumed
        }
    }

    [Theory]
    [InlineData("model_context_window_exceeded")]
    [InlineData("max_tokens")]
    [InlineData("MAX_TOKENS")]
    [InlineData("length")]
    public async Task The_limit_is_the_same_reason_in_every_dialect(string name)
    {
        foreach (DialectStream stream in DialectStream.All.Where(stream => stream.HasFinishReasons))
        {
            Outcome outcome = await Outcome.ReadAsync(stream.Body(name), stream.Dialect);
            Assert.Equal((stream.Dialect.Name, "Complete", ChatFinishReason.Length), (stream.Dialect.Name, outcome.Ending, outcome.Result.FinishReason));
        }
    }

    [Theory]
    [InlineData("out_of_memory", false)]
    [InlineData("interrupted", false)]
    [InlineData("preempted", false)]
    [InlineData("rate_limited", true)]
    [InlineData("abort", true)]
    [InlineData("insufficient_system_resource", true)]
    [InlineData("network_error", true)]
    [InlineData("server_error", true)]
    [InlineData("engine_overloaded", true)]
    [InlineData("timeout", true)]
    [InlineData("cancelled", true)]
    [InlineData("error", false)] // it may be anything
    [InlineData("MALFORMED_FUNCTION_CALL", false)] // the model's fault, not the server's
    public async Task Failures_of_the_server_are_transient(string name, bool isTransient)
    {
        Outcome outcome = await Outcome.ReadAsync(DialectStream.All[0].Body(name), ChatDialect.OpenAI);
        Assert.Equal(isTransient, outcome.Exception!.IsTransient);
    }
}
