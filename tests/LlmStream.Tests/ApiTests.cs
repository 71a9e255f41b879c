namespace LlmStream.Tests;

public class ApiTests
{
    [Fact]
    public void A_dialect_goes_by_its_name() => Assert.Equal("openai", ChatDialect.OpenAI.ToString());
}
