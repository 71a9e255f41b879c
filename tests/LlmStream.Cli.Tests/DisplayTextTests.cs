using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Tests;

public class DisplayTextTests
{
    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(1234567, "1,234,567 bytes")]
    public void Counts_have_a_noun(long count, string expected) => Assert.Equal(expected, DisplayText.Count(count, "byte"));

    [Theory]
    [InlineData("MAX_TOKENS", "length", "MAX_TOKENS: the answer reached the token limit")]
    [InlineData("refusal", "content_filter", "refusal: the content filter stopped the answer")]
    [InlineData("tool_use", "tool_calls", "tool_use: the model calls tools")]
    [InlineData("end_turn", "stop", "end_turn")]
    [InlineData("eos", "eos", "eos")]
    public void Finish_reasons_are_explained(string sent, string reason, string expected) =>
        Assert.Equal(expected, DisplayText.FinishReason(sent, new ChatFinishReason(reason)));
}
