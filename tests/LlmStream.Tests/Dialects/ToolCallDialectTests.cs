namespace LlmStream.Tests.Dialects;

/// <summary>That the decoders pass on what decides which call a fragment belongs to.</summary>
public class ToolCallDialectTests
{
    [Theory]
    [InlineData("openai", """{"index":"0","id":"A","function":{"name":"a"}}&{"index":"1","id":"B","function":{"name":"b"}}|{"index":"1","function":{"arguments":"{}"}}|{"index":"0","function":{"arguments":"[]"}}""", "A a []|B b {}")]
    [InlineData("openai", """{"index":0.0,"id":"A","function":{"name":"a"}}&{"index":1.0,"id":"B","function":{"name":"b"}}|{"index":0,"function":{"arguments":"[]"}}""", "A a []|B b ")]
    [InlineData("openai", """{"index":-1,"id":"A","function":{"name":"a"}}|{"index":-1,"function":{"arguments":"[]"}}|{"index":-1,"id":"B","function":{"name":"b"}}|{"index":-1,"function":{"arguments":"{}"}}""", "A a []|B b {}")]
    [InlineData("openai", """{"index":99999999999,"id":"A","function":{"name":"a"}}|{"index":99999999999,"function":{"arguments":"[]"}}""", "A a []")]
    [InlineData("openai", """{"index":null,"id":"A","function":{"name":"a","arguments":"{\"x\":1}"}}&{"index":null,"id":"A","function":{"name":"a","arguments":"{\"x\":2}"}}""", """A a {"x":1}|A_2 a {"x":2}""")]
    [InlineData("openai", """{"id":"A","function":{"name":"a","arguments":{}}}|{"id":"","function":{"name":"","arguments":"{\"x\""}}|{"id":"","function":{"arguments":":1}"}}""", """A a {"x":1}""")]
    [InlineData("openai", """{"index":0,"id":"A","name":"a","arguments":"{\"x\""}|{"index":0,"name":null,"arguments":":1}"}""", """A a {"x":1}""")]
    [InlineData("openai", """{"name":"a","arguments":{"x":1}}&{"name":"b","arguments":{"y":2}}""", """ a {"x":1}| b {"y":2}""")]
    [InlineData("openai", """{"index":0,"id":"A","name":null,"arguments":"","function":{"name":"a","arguments":"{\"x\":1}"}}|{"index":0,"id":"","function":{"name":"","arguments":"{}"}}""", """A a {"x":1}""")]
    [InlineData("dashscope", """{"index":0,"id":"A","function":{"name":"a","arguments":"{}"}}|{"index":0,"id":"","function":{"arguments":"{\"x\":1}"}}""", """A a {"x":1}""")]
    [InlineData("dashscope", """{"id":"A","function":{"name":"a","arguments":"{"}}|{"id":"A","function":{"name":"a","arguments":"{\"x\":1"}}|{"id":"A","function":{"name":"a","arguments":"{\"x\":12}"}}""", """A a {"x":12}""")]
    [InlineData("dashscope", """{"index":0,"id":"A","function":{"name":"a","arguments":"{\"x\":1}"}}|{"index":0,"id":"A","function":{"name":"b","arguments":"{\"y\":1}"}}""", """A a {"x":1}|A_2 b {"y":1}""")]
    public void A_fragment_belongs_to_its_call(string name, string fragments, string calls)
    {
        ChatDialect dialect = SampleAnswers.Of(name).Dialect;
        string chunk = dialect == ChatDialect.OpenAI
            ? """{"choices":[{"delta":{"tool_calls":[~]}}]}"""
            : """{"output":{"choices":[{"message":{"tool_calls":[~]},"finish_reason":"null"}]}}""";
        var feed = new EventFeed(dialect);
        feed.SendAll([.. fragments.Split('|').Select(list => chunk.Replace("~", list.Replace('&', ','), StringComparison.Ordinal))]);
        feed.End();
        Assert.Equal(calls, Show(feed));
    }

    [Theory]
    [InlineData("ollama", """{"message":{"tool_calls":[{"id":"A","function":{"name":"a","arguments":{"x":1}}},{"id":"A","function":{"name":"a","arguments":{"x":1}}}]}}""", """A a {"x":1}|A_2 a {"x":1}""")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":{}}},{"functionCall":{"name":"a","args":{}}}]}}]}""", " a {}| a {}")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"functionCall":{"id":"A","name":"a","args":{}}},{"functionCall":{"id":"A","name":"b","args":{}}}]}}]}""", "A a {}|A_2 b {}")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"functionCall":{"id":"A","name":"a","args":{"x":1}}},{"functionCall":{"id":"A","name":"a","args":{"x":1}}},{"functionCall":{"id":"A","name":"a","args":{"x":2}}}]}}]}""", """A a {"x":1}|A_2 a {"x":2}""")]
    [InlineData("cohere", """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"A","function":{"name":"a","arguments":"{}"}}}}}|{"type":"tool-call-end","index":0}|{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"B","function":{"name":"b","arguments":""}}}}}|{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"[]"}}}}}""", "A a {}|B b []")]
    [InlineData("cohere", """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":[{"id":"A","function":{"name":"a","arguments":""}}]}}}|{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":[{"function":{"arguments":"[]"}}]}}}""", "A a []")]
    [InlineData("cohere", """{"event_type":"tool-calls-generation","tool_calls":[{"name":"a","parameters":{"x":1}},{"name":"a","parameters":{"x":1}}]}""", """ a {"x":1}| a {"x":1}""")]
    [InlineData("hunyuan", """{"Choices":[{"Delta":{"ToolCalls":[{"Id":"A","Index":0,"Function":{"Name":"a","Arguments":"{"}},{"Id":"B","Index":0,"Function":{"Name":"b","Arguments":"["}}]}}]}|{"Choices":[{"Delta":{"ToolCalls":[{"Id":"A","Function":{"Name":"","Arguments":"}"}},{"Id":"B","Function":{"Arguments":"]"}}]}}]}""", "A a {}|B b []")]
    [InlineData("anthropic", """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"A","name":"a","input":{}}}|{"type":"content_block_delta","index":0,"delta":{"partial_json":"{}"}}|{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"A","name":"a","input":{}}}|{"type":"content_block_delta","index":1,"delta":{"partial_json":"[]"}}|{"type":"content_block_delta","index":0,"delta":{"partial_json":"{\"x\":1}"}}""", """A a {"x":1}|A_2 a []""")]
    public void Calls_that_the_format_tells_apart_are_not_mixed_up(string name, string events, string calls)
    {
        var feed = new EventFeed(SampleAnswers.Of(name).Dialect);
        feed.SendAll(events.Split('|'));
        feed.End();
        Assert.Equal(calls, Show(feed));
    }

    private static string Show(EventFeed feed) =>
        string.Join('|', feed.Result.Choices[0].ToolCalls.Select(call => $"{call.Id} {call.Name} {call.Arguments}"));
}
