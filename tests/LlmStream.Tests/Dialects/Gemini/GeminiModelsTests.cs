using System.Text.Json.Nodes;
using LlmStream.Dialects.Gemini;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class GeminiModelsTests
{
    [Theory]
    [InlineData("gemini-2.5-flash", ReasoningEffort.None, """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-pro", ReasoningEffort.None, """{"thinkingBudget":128}""")]
    [InlineData("gemini-2.5-flash", ReasoningEffort.Low, """{"thinkingBudget":1024}""")]
    [InlineData("gemini-2.5-flash", ReasoningEffort.Medium, """{"thinkingBudget":8192}""")]
    [InlineData("gemini-2.5-pro", ReasoningEffort.High, """{"thinkingBudget":24576}""")]
    [InlineData("gemini-2.5-pro", ReasoningEffort.ExtraHigh, """{"thinkingBudget":32768}""")]
    [InlineData("gemini-2.5-flash", ReasoningEffort.ExtraHigh, """{"thinkingBudget":24576}""")]
    [InlineData("models/gemini-3-pro-preview", ReasoningEffort.Medium, """{"thinkingLevel":"high"}""")]
    [InlineData("Gemini-3-Flash", ReasoningEffort.Medium, """{"thinkingLevel":"medium"}""")]
    [InlineData("gemini-3.1-pro", ReasoningEffort.None, """{"thinkingLevel":"low"}""")]
    [InlineData("gemini-flash-latest", ReasoningEffort.None, """{"thinkingLevel":"minimal"}""")]
    [InlineData("gemini-4-flash", ReasoningEffort.Low, """{"thinkingLevel":"low"}""")]
    [InlineData("unknown", ReasoningEffort.High, """{"thinkingLevel":"high"}""")]
    [InlineData("gemini-2.0-flash", ReasoningEffort.High, null)]
    [InlineData("gemma-3-27b-it", ReasoningEffort.High, null)]
    public void Effort_is_a_budget_up_to_2_5_and_a_level_from_3_on(string model, ReasoningEffort effort, string? expected)
    {
        JsonObject? thinking = GeminiModels.Thinking(model, effort);
        if (expected is null) Assert.Null(thinking);
        else JsonAssert.Equal(expected, thinking);
    }

    [Theory]
    [InlineData("""{"model":"gemini-2.5-flash"}""", true)]
    [InlineData("""{"model":"gemini-2.5-flash","generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}""", false)]
    [InlineData("""{"model":"gemini-2.5-flash","generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}}""", true)]
    [InlineData("""{"model":"gemini-2.5-flash-lite"}""", false)]
    [InlineData("""{"model":"gemini-2.5-flash-lite","generationConfig":{"thinkingConfig":{"includeThoughts":true}}}""", true)]
    [InlineData("""{"model":"gemini-3-pro-preview","generationConfig":{"temperature":1}}""", true)]
    [InlineData("""{"model":"gemini-2.0-flash"}""", false)]
    [InlineData("""{"model":"gemma-3-27b-it"}""", false)]
    [InlineData("{}", true)]
    public void Whether_a_model_reasons_depends_on_its_version_and_the_configuration(string body, bool expected) =>
        Assert.Equal(expected, GeminiModels.Thinks(JsonNode.Parse(body)!.AsObject()));

    [Theory]
    [InlineData("gemini-3-flash-preview", true)]
    [InlineData("models/Gemini-3.1-pro", true)]
    [InlineData("gemini-flash-latest", true)]
    [InlineData("gemini-2.5-pro", false)]
    [InlineData("gemma-3-27b-it", false)]
    [InlineData("", false)]
    public void Models_from_3_on_require_signatures(string model, bool expected) =>
        Assert.Equal(expected, GeminiModels.RequiresSignatures(model));
}
