namespace LlmStream.Testing.Tests;

public sealed class ScriptFileTests
{
    [Fact]
    public async Task A_script_is_read_from_JSON()
    {
        Script script = Script.Parse("""
            // Each step of this kind once.
            [
              {"status": 429, "retryAfter": 2},
              {"status": 503, "body": "busy", "contentType": "text/plain", "headers": {"X-A": "b"}},
              {"answer": "Hello!", "reasoning": "Hm.", "toolCalls": [{"name": "f", "arguments": "{}", "id": "c"}], "chunk": 2, "model": "x", "finish": "length",
               "done": false, "usage": true, "continuation": ["echo", "overlap:3", "refusePrefill"], "faults": ["comment@#0=hi"], "keepAlive": "ka", "bom": true, "lineEnd": "crlf", "writes": 9},
              {"endless": "on ", "faults": ["eof@1000"]},
              {"raw": "data: 1\n\n"},
              {"redirect": "/x"},
              {"html": "<p>"},
              {"json": "{}"},
              {"noResponse": true},
            ]
            """);
        await using var server = await ScriptedLlmServer.StartAsync(script);
        var responses = new List<RawResponse>();
        for (int i = 0; i < 9; i++) responses.Add(await RawHttp.AskAsync(server));

        Assert.Equal([429, 503, 200, 200, 200, 307, 200, 200, 0], responses.Select(response => response.Status));
        Assert.Equal("2", responses[0].Headers["Retry-After"]);
        Assert.Equal(("busy", "text/plain", "b"), (responses[1].Text, responses[1].Headers["Content-Type"], responses[1].Headers["X-A"]));
        Assert.StartsWith("\uFEFF: ka\r\n\r\n: hi\r\n\r\ndata: {", responses[2].Text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"length\"", responses[2].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", responses[2].Text, StringComparison.Ordinal);
        Assert.All(responses[2].Chunks.SkipLast(1), chunk => Assert.Equal(9, chunk));
        Assert.Equal(1000, responses[3].Body.Length);
        Assert.Equal("data: 1\n\n", responses[4].Text);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("""{"answer":"a","status":400}""")]
    [InlineData("""{"answer":1}""")]
    [InlineData("""{"answer":"a","nothing":1}""")]
    [InlineData("""{"answer":"a","faults":["reset@x"]}""")]
    [InlineData("""{"answer":"a","chunk":0}""")]
    [InlineData("""{"answer":"a","done":"no"}""")]
    [InlineData("""{"status":400,"usage":true}""")]
    [InlineData("""{"status":99}""")]
    [InlineData("""{"answer":"a","continuation":["overlap"]}""")]
    public void What_is_no_script_says_so_in_one_line(string json)
    {
        var exception = Assert.Throws<FormatException>(() => Script.Parse(json));

        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("reset@")]
    [InlineData("reset@-1")]
    [InlineData("reset@5=1")]
    [InlineData("explode@5")]
    [InlineData("malformed@5")]
    [InlineData("stall@5=x")]
    [InlineData("pad@#5")]
    [InlineData("error@#5=loud")]
    public void What_is_no_fault_says_so(string fault) => Assert.Throws<FormatException>(() => Script.Answer("a").WithFault(fault));
}
