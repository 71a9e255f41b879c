using LlmStream.Cli.Inspect;

namespace LlmStream.Cli.Tests.Inspect;

public class IndentedJsonTests
{
    [Theory]
    [InlineData("""{"place":"Tromsø","days":[1]}""", "{\n  \"place\": \"Tromsø\",\n  \"days\": [\n    1\n  ]\n}")]
    [InlineData("""{"a":""", """{"a":""")]
    [InlineData("""{"a":"\ud800"}""", """{"a":"\ud800"}""")]
    public void Valid_JSON_is_indented(string json, string expected) => Assert.Equal(expected, IndentedJson.Format(json));
}
