using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Tests.Scripting;

public sealed class TokenizerTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Hi there.", "Hi| there|.")]
    [InlineData("Hi 你好.", "Hi| 你|好|.")]
    [InlineData("extraordinary", "extraord|inary")]
    [InlineData("a👍b", "a|👍|b")]
    [InlineData("end \n", "end| \n")]
    public void Text_is_split_into_tokens(string text, string expected)
    {
        Assert.Equal(expected, string.Join('|', Tokenizer.Split(text, 0, tokensPerChunk: 1)));
        Assert.Equal(expected.Length == 0 ? 0 : expected.Split('|').Length, Tokenizer.Count(text));
    }

    [Theory]
    [InlineData(0, 2, "One two| three")]
    [InlineData(3, 1, " two| three")]
    [InlineData(13, 1, "")]
    public void Chunks_contain_a_number_of_tokens_from_an_index_on(int start, int tokensPerChunk, string expected) =>
        Assert.Equal(expected, string.Join('|', Tokenizer.Split("One two three", start, tokensPerChunk)));
}
