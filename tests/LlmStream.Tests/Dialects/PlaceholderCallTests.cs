using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What servers send in place of a tool call is none, in every dialect; a call that has a name is one.</summary>
public class PlaceholderCallTests
{
    public static TheoryData<string, string> Placeholders => new()
    {
        { "openai", """{"choices":[{"delta":{"content":"Hi","function_call":{"name":"","arguments":""},"tool_calls":[]}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","function_call":{"name":null,"arguments":null},"tool_calls":null}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","function_call":{}}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":[{}]}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":[null]}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":{}}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":[{"index":0,"id":null,"type":null,"function":null}]}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":[{"index":null,"id":null,"type":null,"function":{"name":null,"arguments":null}}]}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"","arguments":""}}]}}]}""" },
        { "openai", """{"choices":[{"delta":{"content":"Hi","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":" ","arguments":"{}"}}]}}]}""" },
        { "openai", """{"choices":[{"message":{"content":"Hi","tool_calls":[{"id":"","function":{"name":"","arguments":"null"}}]}}]}""" },
        { "dashscope", """{"output":{"choices":[{"message":{"content":"Hi","tool_calls":[{"index":0,"id":"","type":"","function":{"name":"","arguments":""}}]},"finish_reason":"null"}]}}""" },
        { "dashscope", """{"output":{"choices":[{"message":{"content":"Hi","tool_calls":[{}]},"finish_reason":"null"}]}}""" },
        { "hunyuan", """{"Choices":[{"Delta":{"Content":"Hi","ToolCalls":[{"Id":"","Type":"","Function":{"Name":"","Arguments":""}}]}}]}""" },
        { "hunyuan", """{"Choices":[{"Delta":{"Content":"Hi","ToolCalls":[{}, null]}}]}""" },
        { "ollama", """{"model":"m","message":{"content":"Hi","tool_calls":[{}]},"done":false}""" },
        { "ollama", """{"model":"m","message":{"content":"Hi","tool_calls":[{"function":{"name":"","arguments":{}}},null]},"done":false}""" },
        { "cohere", """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"","type":"function","function":{"name":"","arguments":""}}}}}""" },
        { "cohere", """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{}}}}""" },
        { "cohere", """{"event_type":"tool-calls-generation","tool_calls":[{"name":"","parameters":{}}]}""" },
        { "gemini", """{"candidates":[{"content":{"parts":[{"text":"Hi"},{"functionCall":{}}]}}]}""" },
        { "gemini", """{"candidates":[{"content":{"parts":[{"text":"Hi"},{"functionCall":{"name":"","args":{}}},{"functionCall":null}]}}]}""" },
        { "gemini", """{"event_type":"step.start","step":{"type":"function_call","name":"","arguments":{}}}""" },
        { "anthropic", """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"","name":"","input":{}}}""" },
        { "anthropic", """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1"}}""" },
        { "responses", """{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"","call_id":"","name":"","arguments":""}}""" },
        { "responses", """{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":" ","arguments":"{}","status":"completed"}}""" },
    };

    [Theory, MemberData(nameof(Placeholders))]
    public async Task A_placeholder_is_no_call(string name, string data)
    {
        (ChatDialect dialect, string[] events) = SampleAnswers.Of(name);
        string body = SampleAnswers.ToBody(dialect, [.. events[..^1].Where(e => !data.Contains("\"Hi\"", StringComparison.Ordinal) || !e.Contains("Hi", StringComparison.Ordinal)), data, events[^1]]);
        Outcome outcome = await Outcome.ReadAsync(body, dialect);
        Assert.Equal(("Complete", "Hi", "stop"), (outcome.Ending, outcome.Result.Text, outcome.Result.FinishReason?.Value));
        Assert.Empty(outcome.Result.ToolCalls);
        Assert.All(outcome.Deltas, delta => Assert.Empty(delta.ToolCalls));
        await foreach (ChatResponseUpdate update in ChatResponseUpdates.FromDeltas(Outcome.Feed(outcome.Deltas)))
            Assert.DoesNotContain(update.Contents, content => content is FunctionCallContent);
    }

    [Theory]
    [InlineData("openai", """{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f"}}]}}]}""")]
    [InlineData("openai", """{"choices":[{"delta":{"function_call":{"name":"f","arguments":""}}}]}""")]
    [InlineData("openai", """{"choices":[{"delta":{"tool_calls":[{},{"index":0,"function":{"name":"f","arguments":null}}]}}]}""")]
    [InlineData("dashscope", """{"output":{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":""}}]}}]}}""")]
    [InlineData("hunyuan", """{"Choices":[{"Delta":{"ToolCalls":[{"Id":"a","Function":{"Name":"f","Arguments":""}}]}}]}""")]
    [InlineData("ollama", """{"message":{"tool_calls":[{"function":{"name":"f"}}]},"done":false}""")]
    [InlineData("cohere", """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","function":{"name":"f","arguments":""}}}}}""")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}""")]
    [InlineData("anthropic", """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}""")]
    [InlineData("responses", """{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":""}}""")]
    public void A_call_without_arguments_is_a_call(string name, string data)
    {
        var feed = new EventFeed(SampleAnswers.Of(name).Dialect);
        ToolCallDelta delta = Assert.Single(Assert.Single(feed.Send(data)).ToolCalls);
        Assert.Equal(("f", "f"), (delta.Name, Assert.Single(feed.Result.ToolCalls).Name));
    }
}
