using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Answers;

public class FinishReasonNamesTests
{
    [Theory]
    [InlineData("stop", "stop", false)]
    [InlineData("length", "length", false)]
    [InlineData("model_length", "length", false)]
    [InlineData("tool_calls", "tool_calls", false)]
    [InlineData("function_call", "tool_calls", false)]
    [InlineData("content_filter", "content_filter", false)]
    [InlineData("sensitive", "content_filter", false)]
    [InlineData("eos_token", "eos_token", false)]
    [InlineData("error", "error", true)]
    [InlineData("network_error", "network_error", true)]
    [InlineData("insufficient_system_resource", "insufficient_system_resource", true)]
    public void A_known_name_is_mapped_and_an_unknown_one_is_passed_on(string value, string reason, bool isFailure)
    {
        Assert.Equal(new ChatFinishReason(reason), ChatDialect.OpenAI.Format.FinishReasons.ToReason(value));
        Assert.Equal(isFailure, ChatDialect.OpenAI.Format.FinishReasons.IsFailure(value));
    }
}
