using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

/// <summary>What the <see cref="FunctionInvokingChatClient"/> of Microsoft.Extensions.AI does with calls that are not as they should be.</summary>
public class FunctionInvocationTests
{
    private const string Whole = """{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}""";
    private const string Half = """{"index":1,"id":"b","function":{"name":"weather","arguments":"{\"city\":\"Pa"}}""";
    private const string Placeholder = """{"index":0,"id":"","function":{"name":"","arguments":""}}""";

    private readonly List<string> _invoked = [];

    [Fact]
    public async Task A_call_that_cannot_be_parsed_is_not_invoked_with_default_arguments()
    {
        var server = new StubServer().Streams(Answer(Half));
        ChatResponse response = await AskAsync(server);
        Assert.Empty(_invoked);
        Assert.Single(server.Requests);
        FunctionCallContent call = Assert.Single(response.Messages.SelectMany(message => message.Contents.OfType<FunctionCallContent>()));
        Assert.NotNull(call.Exception);
    }

    [Fact]
    public async Task The_model_is_told_that_the_call_could_not_be_parsed()
    {
        var server = new StubServer().Streams(Answer(Whole + "," + Half)).Streams(StubServer.Stream("Sun."));
        Assert.Equal("Sun.", (await AskAsync(server)).Text);
        Assert.Equal(["Rome"], _invoked);
        string sent = server.Bodies[1];
        Assert.Contains("""{"role":"tool","tool_call_id":"a","content":"Sun in Rome"}""", sent, StringComparison.Ordinal);
        Assert.Contains("""{"role":"tool","tool_call_id":"b","content":"Error: The arguments are not valid JSON."}""", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_placeholder_causes_no_request()
    {
        var server = new StubServer().Streams(Answer(Placeholder, "Hi"));
        Assert.Equal("Hi", (await AskAsync(server)).Text);
        Assert.Empty(_invoked);
        Assert.Single(server.Requests);
    }

    private async Task<ChatResponse> AskAsync(StubServer server)
    {
        AIFunction tool = AIFunctionFactory.Create((string city = "Berlin") => Invoke(city), "weather");
        using IChatClient chat = server.Client().AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        return await chat.GetStreamingResponseAsync("How is the weather?", new ChatOptions { Tools = [tool] }).ToChatResponseAsync();
    }

    private string Invoke(string city)
    {
        _invoked.Add(city);
        return $"Sun in {city}";
    }

    private static string Answer(string calls, string text = "") =>
        $$$"""data: {"id":"c","choices":[{"index":0,"delta":{"content":"{{{text}}}","tool_calls":[{{{calls}}}]}}]}""" + "\n\n"
        + """data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""" + "\n\ndata: [DONE]\n\n";
}
