using System.Text.Json.Nodes;
using LlmStream.Resilience;

namespace LlmStream.Tests.Resilience;

public class ContinuationInstructionTests
{
    private const string EnglishStart = "Your last message was cut off";
    private const string ChineseStart = "你的上一条消息";
    private const string EnglishQuote = "Your previous response was interrupted. It ended with:\n\n";
    private const string ChineseQuote = "你的上一条回复被中断了，它的结尾是：\n\n";

    [Fact]
    public void The_options_may_state_it() =>
        Assert.Equal("Go on!", Create("Why?", "m", "text", options => options.Resume = new LlmResumeOptions { Instruction = "Go on!" }));

    [Theory]
    [InlineData("Why is the sky blue?", false)]
    [InlineData("为什么天空是蓝色的？", true)]
    [InlineData("天ab", true)] // a Chinese character counts as much as three letters
    [InlineData("天abc", false)]
    [InlineData("天abcd", false)]
    [InlineData("天空abcde", true)]
    [InlineData("天空abcdef", false)]
    [InlineData("天1234567890!?", true)] // digits and punctuation do not count
    [InlineData("一", true)] // the first and the last of the block
    [InlineData("\u9FFF", true)]
    [InlineData("\u4DFF", false)]
    [InlineData("\uA000", false)]
    [InlineData("", false)]
    [InlineData("123", false)]
    public void It_is_in_the_language_of_the_last_user_message(string question, bool isChinese)
    {
        Assert.StartsWith(isChinese ? ChineseStart : EnglishStart, Create(question, "m", "text"), StringComparison.Ordinal);
        Assert.StartsWith(isChinese ? ChineseQuote : EnglishQuote, Create(question, "claude-opus-5", "text"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(239, 239)]
    [InlineData(240, 240)]
    [InlineData(241, 240)]
    [InlineData(1_000, 240)]
    public void For_some_models_it_quotes_the_last_240_characters(int length, int quoted)
    {
        string text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
        string instruction = Create("Why?", "claude-opus-5", text);

        Assert.StartsWith(EnglishQuote + text[^quoted..] + "\n\n", instruction, StringComparison.Ordinal);
    }

    [Fact]
    public void The_quote_does_not_begin_within_a_surrogate_pair()
    {
        string end = new('x', 239);
        Assert.StartsWith(EnglishQuote + end + "\n\n", Create("Why?", "claude-opus-5", "a🌅" + end), StringComparison.Ordinal);
        Assert.StartsWith(EnglishQuote + "🌅" + end[1..] + "\n\n", Create("Why?", "claude-opus-5", "a🌅" + end[1..]), StringComparison.Ordinal);
    }

    private static string Create(string question, string model, string text, Action<LlmStreamOptions>? configure = null)
    {
        var options = new LlmStreamOptions { Provider = Calls.Provider };
        configure?.Invoke(options);
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "An earlier question, in plain English, which does not count at all." },
                new JsonObject { ["role"] = "user", ["content"] = question },
                new JsonObject { ["role"] = "assistant", ["content"] = "An English prefill." }),
        };
        return ContinuationInstruction.Create(options, body, text);
    }
}
