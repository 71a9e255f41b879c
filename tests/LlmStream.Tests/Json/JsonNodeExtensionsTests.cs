using System.Text.Json.Nodes;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonNodeExtensionsTests
{
    [Theory]
    [InlineData("\"a\"", "a", null, null)]
    [InlineData("\"\"", "", null, null)]
    [InlineData("true", null, true, null)]
    [InlineData("false", null, false, null)]
    [InlineData("7", null, null, 7L)]
    [InlineData("-9007199254740993", null, null, -9007199254740993L)]
    [InlineData("7.5", null, null, null)]
    [InlineData("7e0", null, null, null)]
    [InlineData("9223372036854775808", null, null, null)]
    [InlineData("\"7\"", "7", null, null)]
    [InlineData("null", null, null, null)]
    [InlineData("[]", null, null, null)]
    [InlineData("{}", null, null, null)]
    public void A_node_is_read_as_one_type(string json, string? text, bool? flag, long? number)
    {
        JsonNode? node = JsonNode.Parse(json);
        Assert.Equal((text, flag, number), (node.AsText(), node.AsBool(), node.AsInt64()));
    }

    [Fact]
    public void A_node_that_was_created_in_memory_is_read_like_a_parsed_one()
    {
        Assert.Equal("a", JsonValue.Create("a").AsText());
        Assert.True(JsonValue.Create(true).AsBool());
        Assert.Equal(7, JsonValue.Create(7).AsInt64());
        Assert.Equal(7, JsonValue.Create((byte)7).AsInt64());
        Assert.Equal(7, JsonValue.Create(7m).AsInt64());
    }

    [Fact]
    public void Text_is_compared_exactly()
    {
        Assert.True(JsonValue.Create("user").Is("user"));
        Assert.False(JsonValue.Create("User").Is("user"));
        Assert.False(new JsonArray("user").Is("user"));
        Assert.False(((JsonNode?)null).Is("user"));
    }
}
