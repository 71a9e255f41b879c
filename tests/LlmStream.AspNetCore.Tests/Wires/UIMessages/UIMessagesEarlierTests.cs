using System.Text;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

/// <summary>An answer that continues a message, sent to a client that has to read the message anew.</summary>
public sealed class UIMessagesEarlierTests
{
    [Fact]
    public void Parts_of_each_kind()
    {
        string chunks = Of("""
            [
              {"type":"step-start"},
              {"type":"reasoning","text":"Hm.","state":"done","providerMetadata":{"llmstream":{"signature":"s"}}},
              {"type":"text","text":"Let me\nlook.","state":"done"},
              {"type":"tool-weather","toolCallId":"call_1","state":"output-available","input":{"city":"Paris"},"output":{"sky":[1,null]}},
              {"type":"step-start"},
              {"type":"dynamic-tool","toolName":"now","toolCallId":"call_2","state":"output-error","input":{},"errorText":"No clock."},
              {"type":"tool-search","toolCallId":"call_3","state":"output-available","input":{"q":"x"},"output":"y","providerExecuted":true},
              {"type":"source-url","sourceId":"1","url":"https://a.example/","title":"A"},
              {"type":"file","url":"https://a.example/b.png","mediaType":"image/png","filename":"b.png"},
              {"type":"data-chart","id":"c","data":{"x":1}}
            ]
            """);

        Assert.Equal(
            """
            {"type":"start","messageId":"message-1"}
            {"type":"start-step"}
            {"type":"reasoning-start","id":"earlier-1"}
            {"type":"reasoning-delta","id":"earlier-1","delta":"Hm."}
            {"type":"reasoning-end","id":"earlier-1","providerMetadata":{"llmstream":{"signature":"s"}}}
            {"type":"text-start","id":"earlier-2"}
            {"type":"text-delta","id":"earlier-2","delta":"Let me\nlook."}
            {"type":"text-end","id":"earlier-2"}
            {"type":"tool-input-start","toolCallId":"call_1","toolName":"weather"}
            {"type":"tool-input-delta","toolCallId":"call_1","inputTextDelta":"{\"city\":\"Paris\"}"}
            {"type":"tool-output-available","toolCallId":"call_1","output":{"sky":[1,null]}}
            {"type":"finish-step"}
            {"type":"start-step"}
            {"type":"tool-input-start","toolCallId":"call_2","dynamic":true,"toolName":"now"}
            {"type":"tool-input-delta","toolCallId":"call_2","inputTextDelta":"{}"}
            {"type":"tool-output-error","toolCallId":"call_2","dynamic":true,"errorText":"No clock."}
            {"type":"tool-input-start","toolCallId":"call_3","providerExecuted":true,"toolName":"search"}
            {"type":"tool-input-delta","toolCallId":"call_3","inputTextDelta":"{\"q\":\"x\"}"}
            {"type":"tool-output-available","toolCallId":"call_3","providerExecuted":true,"output":"y"}
            {"type":"source-url","sourceId":"1","url":"https://a.example/","title":"A"}
            {"type":"file","url":"https://a.example/b.png","mediaType":"image/png"}
            {"type":"data-chart","id":"c","data":{"x":1}}
            {"type":"finish-step"}
            {"type":"start-step"}
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Yes."}
            {"type":"text-end","id":"text-1"}
            {"type":"finish-step"}
            {"type":"finish"}
            [DONE]
            """,
            chunks);
    }

    [Theory]
    [InlineData("{\"type\":\"wow\"}")]
    [InlineData("{\"type\":\"tool-\",\"toolCallId\":\"1\",\"state\":\"output-available\"}")]
    [InlineData("{\"type\":\"tool-a\",\"toolCallId\":1,\"state\":\"output-available\"}")]
    [InlineData("{\"type\":\"dynamic-tool\",\"toolCallId\":\"1\"}")]
    [InlineData("{\"type\":\"text\",\"text\":1}")]
    [InlineData("{\"type\":\"file\",\"url\":\"https://a.example/\"}")]
    [InlineData("{\"type\":\"source-url\",\"url\":\"https://a.example/\"}")]
    [InlineData("{\"type\":\"data-\",\"data\":1}")]
    [InlineData("{\"text\":\"x\"}")]
    [InlineData("1")]
    public void Parts_that_clients_do_not_accept_are_left_out(string part) =>
        Assert.Equal(Of("[]"), Of($"[{part}]"));

    private static string Of(string parts) => string.Join('\n', Encoded.Data(Encoded.Text(
        ChatWire.UIMessages,
        encoder => encoder.Complete(),
        Encoded.Pieces("Yes."),
        Encoded.Context with { EarlierParts = Encoding.UTF8.GetBytes(parts) })));
}
