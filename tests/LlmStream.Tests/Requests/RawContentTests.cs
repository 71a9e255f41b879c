using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class RawContentTests
{
    [Fact]
    public void A_plain_content_with_an_object_is_copied()
    {
        var json = new JsonObject { ["type"] = "custom" };
        JsonObject? copy = RawContent.Read(new AIContent { RawRepresentation = json });
        JsonAssert.Equal("""{"type":"custom"}""", copy);
        Assert.NotSame(json, copy);
    }

    public static TheoryData<AIContent> Others =>
    [
        new AIContent(),
        new AIContent { RawRepresentation = "{}" },
        new AIContent { RawRepresentation = JsonSerializer.SerializeToElement(1) },
        new TextContent("Hi") { RawRepresentation = new JsonObject() },
    ];

    [Theory]
    [MemberData(nameof(Others))]
    public void Other_contents_are_not_raw(AIContent content)
    {
        Assert.False(RawContent.Is(content));
        Assert.Null(RawContent.Read(content));
    }
}
