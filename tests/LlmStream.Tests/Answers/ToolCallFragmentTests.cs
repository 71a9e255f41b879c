using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Tests.Json;

namespace LlmStream.Tests.Answers;

public class ToolCallFragmentTests
{
    [Theory]
    [InlineData("""{"name":"f","arguments":"{\"a\":1}"}""", "f", """{\"a\":1}""", true)]
    [InlineData("""{"arguments":"{}","name":"f","x":[1]}""", "f", "{}", false)]
    [InlineData("""{"name":"f","arguments":{"a": 1}}""", "f", """{"a": 1}""", false)] // JSON instead of a string
    [InlineData("""{"name":"f","arguments":[1]}""", "f", "[1]", false)]
    [InlineData("""{"name":"f","input":"text"}""", "f", "text", false)] // a custom tool
    [InlineData("""{"name":null,"arguments":null}""", null, "", false)]
    [InlineData("""{"name":1,"arguments":2}""", null, "", false)]
    [InlineData("{}", null, "", false)]
    public void A_function_is_read(string json, string? name, string arguments, bool isEscaped)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"function":{{json}},"next":1}""");
        var fragment = new ToolCallFragment();
        Assert.True(fragment.ReadFunction(ref reader));
        Assert.Equal((name, isEscaped), (fragment.Name, fragment.ArgumentsAreEscaped));
        Assert.Equal(arguments, Encoding.UTF8.GetString(fragment.Arguments));
        Assert.True(reader.Read());
        Assert.Equal(JsonTokenType.PropertyName, reader.TokenType);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"f\"")]
    [InlineData("[{}]")]
    public void Anything_else_is_no_function(string json)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"function":{{json}},"next":1}""");
        Assert.False(new ToolCallFragment().ReadFunction(ref reader));
        Assert.True(reader.Read());
        Assert.Equal(JsonTokenType.PropertyName, reader.TokenType);
    }
}
