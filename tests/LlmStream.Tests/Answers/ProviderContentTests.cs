using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Answers;

public class ProviderContentTests
{
    [Fact]
    public void A_content_is_read_by_its_own_dialect()
    {
        AIContent content = ProviderContent.Create("one", """{"a":"\ud83d"}"""u8);
        Assert.True(ProviderContent.Is(content));
        Assert.Equal("\uFFFD", (string?)ProviderContent.Read("one", content)!["a"]);
        Assert.Null(ProviderContent.Read("other", content));
        Assert.IsType<JsonElement>(content.RawRepresentation);
    }

    [Fact]
    public void What_is_read_is_a_copy()
    {
        AIContent content = ProviderContent.Create("one", """{"a":1}"""u8);
        ProviderContent.Read("one", content)!["a"] = 2;
        Assert.Equal(1, (int?)ProviderContent.Read("one", content)!["a"]);
    }

    [Fact]
    public void Other_contents_are_none()
    {
        Assert.False(ProviderContent.Is(new TextContent("x")));
        Assert.False(ProviderContent.Is(new TextContent("x") { AdditionalProperties = new() { ["one"] = 1 } }));
        Assert.Null(ProviderContent.Read("one", new TextContent("x")));
        Assert.Null(ProviderContent.Read("one", new AIContent { AdditionalProperties = new() { ["llmstream.one"] = "no object" } }));
        Assert.ThrowsAny<JsonException>(() => ProviderContent.Create("one", "{"u8));
    }

    [Fact]
    public void A_content_survives_serialization()
    {
        var message = new ChatMessage(ChatRole.Assistant, [ProviderContent.Create("one", """{"a":[1,null]}"""u8)]);
        string json = JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);
        ChatMessage copy = JsonSerializer.Deserialize<ChatMessage>(json, AIJsonUtilities.DefaultOptions)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"a":[1,null]}"""), ProviderContent.Read("one", Assert.Single(copy.Contents))));
    }
}
