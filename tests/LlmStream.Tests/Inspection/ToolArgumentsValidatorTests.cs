using LlmStream.Inspection;

namespace LlmStream.Tests.Inspection;

public class ToolArgumentsValidatorTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("{}", null)]
    [InlineData("""{"a":[1,"é"]}""", null)]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("null", "not a JSON object")]
    [InlineData("{", "not valid JSON (at character 2)")]
    [InlineData("""{"é":,}""", "not valid JSON (at character 6)")]
    [InlineData("{\n  \"ü😀\": 1,\n  \"b\" 2}", "not valid JSON (at character 21)")]
    public void Arguments_must_be_a_JSON_object(string arguments, string? error) =>
        Assert.Equal(error, ToolArgumentsValidator.FindError(arguments));
}
