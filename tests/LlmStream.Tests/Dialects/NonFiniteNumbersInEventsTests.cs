using LlmStream.Tests.Dialects.Streams;

namespace LlmStream.Tests.Dialects;

public class NonFiniteNumbersInEventsTests
{
    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("nan")]
    [InlineData("-inf")]
    public async Task They_lose_nothing_of_an_answer_in_any_dialect(string number)
    {
        foreach (DialectStream stream in DialectStream.All)
        {
            string body = stream.Join([.. stream.Text.Append(stream.Finished()).Select(data => DialectStream.With(data, $"\"p\":[{{\"logprob\":{number}}}]"))]);
            Outcome outcome = await Outcome.ReadAsync(body, stream.Dialect);
            Assert.Equal((stream.Dialect.Name, "Complete", "Hello"), (stream.Dialect.Name, outcome.Ending, outcome.Result.Text));
        }
    }

    [Fact]
    public async Task Nor_if_only_some_of_many_similar_events_have_them()
    {
        string[] numbers = ["-0.5", "NaN", "-1.5", "-2", "-Infinity", "-0.25"];
        string events = string.Concat(Enumerable.Repeat(
            """data: {"choices":[{"index":0,"delta":{"content":"aINDEX "},"logprobs":{"content":[{"token":"NaN","logprob":NUMBER}]}}]}""" + "\n\n", 60)
            .Select((data, i) => data
                .Replace("INDEX", $"{i}", StringComparison.Ordinal)
                .Replace("NUMBER", numbers[i % numbers.Length], StringComparison.Ordinal)));
        Outcome outcome = await Outcome.ReadAsync(events + "data: [DONE]\n\n", ChatDialect.OpenAI);
        Assert.Equal("Complete", outcome.Ending);
        Assert.Equal(string.Concat(Enumerable.Range(0, 60).Select(i => $"a{i} ")), outcome.Result.Text);
    }

    [Fact]
    public async Task A_count_that_is_not_finite_is_unknown()
    {
        Outcome outcome = await Outcome.ReadAsync(
            """data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":NaN}}""" + "\n\n",
            ChatDialect.OpenAI);
        Assert.Equal((3L, null), (outcome.Result.Usage!.InputTokenCount, outcome.Result.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Other_words_are_still_malformed() =>
        Assert.Equal("MalformedEvent", (await Outcome.ReadAsync("""data: {"choices":[],"p":undefined}""" + "\n\n", ChatDialect.OpenAI)).Ending);
}
