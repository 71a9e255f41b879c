using System.Text;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonSyntaxTests
{
    [Theory]
    [InlineData("{}", true, true)]
    [InlineData(" [1] \r\n", true, true)]
    [InlineData("\"x\"", true, true)]
    [InlineData("null", true, true)]
    [InlineData("12", true, false)] // more digits could follow
    [InlineData(" -1.5", true, false)]
    [InlineData("", false, false)]
    [InlineData(" ", false, false)]
    [InlineData("{", false, false)]
    [InlineData("{}{}", false, false)]
    [InlineData("{},", false, false)]
    [InlineData("[DONE]", false, false)]
    public void A_value_is_valid_and_may_be_complete(string json, bool isValid, bool isComplete)
    {
        Assert.Equal(isValid, JsonSyntax.IsValid(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(isComplete, JsonSyntax.IsComplete(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void The_depth_is_limited(int depth, bool isValid) =>
        Assert.Equal(isValid, JsonSyntax.IsValid(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth))));

    [Theory]
    [InlineData("{", true)]
    [InlineData(" {\"a\":[1", true)]
    [InlineData("{\"a\":\"}", true)] // within a string
    [InlineData("{\"a\":\"\\\"}", true)]
    [InlineData("{\"a\":1", true)]
    [InlineData("{}", false)]
    [InlineData("{}}", false)]
    [InlineData("[{}] x", false)]
    [InlineData("", false)]
    [InlineData("text {", false)]
    [InlineData("\"{", false)]
    public void Text_is_open_if_it_begins_as_json_and_more_of_it_must_follow(string text, bool isOpen) =>
        Assert.Equal(isOpen, JsonSyntax.IsOpen(text));
}
