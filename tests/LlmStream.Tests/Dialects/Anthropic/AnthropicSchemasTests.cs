using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Dialects.Anthropic;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class AnthropicSchemasTests
{
    [Theory]
    [InlineData("""{"type":"string","maxLength":9}""", """{"type":"string","description":"(maxLength: 9)"}""")]
    [InlineData("""{"maxLength":9,"description":"Its colour."}""", """{"description":"Its colour. (maxLength: 9)"}""")]
    [InlineData("""{"type":"integer","minimum":1,"maximum":5}""", """{"type":"integer","description":"(minimum: 1, maximum: 5)"}""")]
    [InlineData("""{"type":"array","minItems":2}""", """{"type":"array","description":"(minItems: 2)"}""")]
    [InlineData("""{"type":"array","minItems":1}""", """{"type":"array","minItems":1}""")]
    [InlineData("""{"type":"string","pattern":"a+","enum":["a"]}""", """{"type":"string","pattern":"a+","enum":["a"]}""")]
    public void Unsupported_constraints_are_moved_to_the_description(string property, string expected) => JsonAssert.Equal(
        $$$"""{"type":"object","properties":{"p":{{{expected}}}},"additionalProperties":false}""",
        Transform($$$"""{"type":"object","properties":{"p":{{{property}}}}}"""));

    [Fact]
    public void Nested_objects_allow_no_additional_properties() => JsonAssert.Equal(
        """
        {"type":"object","properties":{"list":{"type":"array","items":{
          "type":"object","properties":{"n":{"type":"integer","description":"(minimum: 1)"}},"additionalProperties":false}}},
         "additionalProperties":false}
        """,
        Transform("""
        {"type":"object","properties":{"list":{"type":"array","items":{
          "type":"object","properties":{"n":{"type":"integer","minimum":1}}}}}}
        """));

    [Fact]
    public void A_format_without_a_schema_has_none() => Assert.Null(AnthropicSchemas.Of(ChatResponseFormat.Json));

    [Fact]
    public void The_parameters_of_a_function_are_transformed_too()
    {
        AIFunction function = AIFunctionFactory.Create((int days) => days, "weather");
        JsonAssert.Equal(
            """{"type":"object","properties":{"days":{"type":"integer"}},"required":["days"],"additionalProperties":false}""",
            JsonNode.Parse(AnthropicSchemas.Of(function).GetRawText()));
    }

    private static JsonNode? Transform(string schema) =>
        AnthropicSchemas.Of(ChatResponseFormat.ForJsonSchema(JsonDocument.Parse(schema).RootElement));
}
