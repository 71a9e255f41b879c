using System.Text.Json;
using LlmStream.Relay.TakeOver;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.TakeOver;

public class StoredRequestFormatTests
{
    [Fact]
    public void Messages_options_and_functions_survive()
    {
        AIFunction function = AIFunctionFactory.Create((string city) => city, "weather", "Says the weather.");
        var request = new ChatStoredRequest
        {
            ClientName = "deepseek",
            Provider = "p",
            Messages =
            [
                new(ChatRole.System, "Be brief."),
                new(ChatRole.User, [new TextContent("天空?"), new DataContent(new byte[] { 1, 2 }, "image/png")]),
                new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Köln" })]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "rain")]),
            ],
            Options = new ChatOptions
            {
                ModelId = "m", Temperature = 0.25f, MaxOutputTokens = 9, StopSequences = ["x"], Tools = [function], ToolMode = ChatToolMode.RequireAny,
                AdditionalProperties = new() { ["top_a"] = 0.5 },
            },
        };
        ChatStoredRequest read = StoredRequestFormat.Read(StoredRequestFormat.Write(request)!)!;
        Assert.Equal(("deepseek", "p"), (read.ClientName, read.Provider));
        Assert.Equal(Json(request.Messages), Json(read.Messages));
        Assert.Equal(Json(request.Options), Json(read.Options!));
        var tool = Assert.IsAssignableFrom<AIFunctionDeclaration>(Assert.Single(read.Options!.Tools!));
        Assert.Equal(("weather", "Says the weather."), (tool.Name, tool.Description));
        Assert.Equal(function.JsonSchema.GetRawText(), tool.JsonSchema.GetRawText());
    }

    [Fact]
    public void What_cannot_be_sent_again_exactly_is_not_stored()
    {
        ChatMessage[] messages = [new(ChatRole.User, "?")];
        Assert.Null(StoredRequestFormat.Write(new() { Messages = messages, Options = new() { RawRepresentationFactory = _ => null } }));
        Assert.Null(StoredRequestFormat.Write(new() { Messages = messages, Options = new() { Tools = [new HostedWebSearchTool()] } }));
        Assert.Null(StoredRequestFormat.Write(new() { Messages = [new(ChatRole.User, [new ApplicationContent()])] }));
        Assert.NotNull(StoredRequestFormat.Write(new() { Messages = messages }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"version":2,"messages":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":1,"messages":[null]}""")]
    [InlineData("""{"version":1,"messages":[],"tools":[{}]}""")]
    public void What_cannot_be_read_is_no_request(string json) =>
        Assert.Null(StoredRequestFormat.Read(System.Text.Encoding.UTF8.GetBytes(json)));

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);

    private sealed class ApplicationContent : AIContent;
}
