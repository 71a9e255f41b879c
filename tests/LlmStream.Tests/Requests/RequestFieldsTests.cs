using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class RequestFieldsTests
{
    private static readonly JsonElement Schema =
        JsonDocument.Parse("""{"type":"object","properties":{"sky":{"type":"string"}}}""").RootElement;

    [Fact]
    public void The_seed_comes_before_additional_properties_and_these_before_the_model()
    {
        var seed = new JsonObject { ["a"] = 1, ["b"] = null };
        var options = new ChatOptions { ModelId = "m2", AdditionalProperties = new() { ["a"] = 2, ["b"] = 2, ["c"] = 2 } };
        JsonAssert.Equal("""{"a":1,"b":null,"c":2,"model":"m2"}""", RequestFields.Begin(seed, options, "m", "messages"));
        JsonAssert.Equal("""{"a":1,"b":null}""", seed);

        JsonAssert.Equal("""{"model":"m"}""", RequestFields.Begin(null, null, "m", "messages"));
        JsonAssert.Equal("""{"model":"mine"}""", RequestFields.Begin(new JsonObject { ["model"] = "mine" }, null, "m", "messages"));
        JsonAssert.Equal("{}", RequestFields.Begin(null, new ChatOptions(), null, "messages"));
    }

    [Fact]
    public void Additional_properties_of_all_JSON_types_are_fields()
    {
        var fields = new JsonObject();
        fields.FillAdditional(new ChatOptions
        {
            AdditionalProperties = new()
            {
                ["temperature"] = 0,
                ["service_tier"] = "flex",
                ["store"] = false,
                ["user"] = null,
                ["modalities"] = new[] { "text", "audio" },
                ["logit_bias"] = new Dictionary<string, int> { ["50256"] = -100 },
                ["metadata"] = new Dictionary<string, object?> { ["run"] = 7L, ["tags"] = new List<object> { "a", 1.5 } },
                ["provider"] = new JsonObject { ["order"] = new JsonArray("x") },
                ["strictJsonSchema"] = true,
            },
        });
        JsonAssert.Equal(
            """
            {"temperature":0,"service_tier":"flex","store":false,"user":null,"modalities":["text","audio"],"logit_bias":{"50256":-100},
             "metadata":{"run":7,"tags":["a",1.5]},"provider":{"order":["x"]}}
            """,
            fields);
    }

    [Theory]
    [InlineData(DayOfWeek.Monday)]
    [InlineData(double.NaN)]
    [InlineData(typeof(string))]
    public void An_additional_property_that_is_not_JSON_is_refused(object value)
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["p"] = value } };
        ArgumentException e = Assert.Throws<ArgumentException>("options", () => new JsonObject().FillAdditional(options));
        Assert.Contains("AdditionalProperties[\"p\"] is a System.", e.Message, StringComparison.Ordinal);
        Assert.Contains("Use a string", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Properties_that_are_not_JSON_or_already_set_are_ignored()
    {
        var fields = new JsonObject { ["a"] = 1 };
        fields.FillProperties(new Dictionary<string, object?> { ["a"] = 2, ["b"] = null, ["c"] = new object() });
        fields.FillProperties(null);
        JsonAssert.Equal("""{"a":1,"b":null}""", fields);
    }

    [Fact]
    public void A_field_is_set_only_once_and_never_to_null()
    {
        var fields = new JsonObject { ["a"] = null };
        fields.Fill("a", 1);
        fields.Fill("b", null);
        fields.Fill("c", 3);
        JsonAssert.Equal("""{"a":null,"c":3}""", fields);
    }

    [Fact]
    public void A_nested_object_is_created_or_completed()
    {
        var fields = new JsonObject { ["a"] = new JsonObject { ["x"] = 1 } };
        fields.FillObject("a").Fill("y", 2);
        fields.FillObject("b").Fill("y", 2);
        JsonAssert.Equal("""{"a":{"x":1,"y":2},"b":{"y":2}}""", fields);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_nested_object_that_the_caller_set_to_something_else_is_refused(string value)
    {
        var fields = new JsonObject { ["a"] = JsonNode.Parse(value) };
        ArgumentException e = Assert.Throws<ArgumentException>("options", () => fields.FillObject("a"));
        Assert.StartsWith("\"a\" is set in ChatOptions", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_in_the_options_are_refused()
    {
        var seed = new JsonObject { ["messages"] = new JsonArray() };
        ArgumentException e = Assert.Throws<ArgumentException>("options", () => RequestFields.Begin(seed, null, null, "messages"));
        Assert.Contains("\"messages\" is set in ChatOptions", e.Message, StringComparison.Ordinal);

        var options = new ChatOptions { AdditionalProperties = new() { ["input"] = new JsonArray() } };
        Assert.Throws<ArgumentException>("options", () => RequestFields.Begin(null, options, null, "input"));
        Assert.True(RequestFields.Begin(null, options, null, "messages").ContainsKey("input"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    [InlineData(false)]
    public void A_schema_is_strict_if_the_options_say_so(bool? strict)
    {
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(Schema, "forecast", "The weather.") };
        if (strict is not null) options.AdditionalProperties = new() { ["strictJsonSchema"] = strict };
        string suffix = strict is null ? "" : $",\"strict\":{(strict.Value ? "true" : "false")}";
        string schema = strict is true
            ? """{"type":"object","properties":{"sky":{"type":"string"}},"required":["sky"],"additionalProperties":false}"""
            : Schema.GetRawText();
        JsonAssert.Equal(
            $$$"""
            {"type":"json_schema","json_schema":{"name":"forecast","description":"The weather.","schema":{{{schema}}}{{{suffix}}}}}
            """,
            RequestFields.ResponseFormat(options));
    }

    [Fact]
    public void A_response_format_without_a_schema_is_a_type()
    {
        JsonAssert.Equal("""{"type":"text"}""", Write(ChatResponseFormat.Text));
        JsonAssert.Equal("""{"type":"json_object"}""", Write(ChatResponseFormat.Json));
        Assert.Equal("answer", (string?)Write(ChatResponseFormat.ForJsonSchema(Schema))!["json_schema"]!["name"]);
        Assert.Null(Write(null));

        static JsonObject? Write(ChatResponseFormat? format) => RequestFields.ResponseFormat(new ChatOptions { ResponseFormat = format });
    }

    [Fact]
    public void Stop_sequences_are_an_array()
    {
        JsonAssert.Equal("""["\n\n","END"]""", RequestFields.Stop(new ChatOptions { StopSequences = ["\n\n", "END"] }));
        Assert.Null(RequestFields.Stop(new ChatOptions { StopSequences = [] }));
        Assert.Null(RequestFields.Stop(new ChatOptions()));
    }
}
