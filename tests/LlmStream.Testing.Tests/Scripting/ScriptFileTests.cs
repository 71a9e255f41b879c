namespace LlmStream.Testing.Tests.Scripting;

public sealed class ScriptFileTests
{
    [Fact]
    public async Task Every_field_is_parsed()
    {
        Script script = Script.Parse("""
            // One step of each kind.
            [
              {"status": 429, "retryAfter": 2},
              {"status": 503, "body": "busy", "contentType": "text/plain", "headers": {"X-A": "b"}},
              {"answer": "Hello!", "reasoning": "Hm.", "toolCalls": [{"name": "f", "arguments": "{}", "id": "c"}], "chunk": 2,
               "model": "x", "finish": "length", "done": false, "usage": true, "continuation": ["echo", "overlap:3", "refusePrefill"],
               "faults": ["comment@#0=hi"], "keepAlive": "ka", "bom": true, "lineEnd": "crlf", "writes": 9},
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
        for (int i = 0; i < 9; i++) responses.Add(await RawHttp.RequestAsync(server));

        Assert.Equal([429, 503, 200, 200, 200, 307, 200, 200, 0], responses.Select(response => response.Status));
        Assert.Equal("2", responses[0].Headers["Retry-After"]);
        Assert.Equal(("busy", "text/plain"), (responses[1].Text, responses[1].Headers["Content-Type"]));
        Assert.Equal("b", responses[1].Headers["X-A"]);
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
    [InlineData("""{"answer":"a","lineEnd":"nl"}""")]
    [InlineData("""{"status":400,"usage":true}""")]
    [InlineData("""{"status":99}""")]
    [InlineData("""{"answer":"a","continuation":["overlap"]}""")]
    public void Invalid_script_is_refused_with_a_message_of_one_line(string json)
    {
        var exception = Assert.Throws<FormatException>(() => Script.Parse(json));

        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task Recording_is_relative_to_the_script()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("llmstream-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "a.sse"), "data: 1\n\n");
            string file = Path.Combine(directory.FullName, "script.json");
            await File.WriteAllTextAsync(file, """{"replay":"a.sse"}""");

            Assert.Equal("data: 1\n\n", (await RawHttp.RequestAsync(Script.Load(file))).Text);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
