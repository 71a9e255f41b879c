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

    [Theory]
    [InlineData("1", "step 1: must be a JSON object.")]
    [InlineData("""[{"answer":"a"}, {"status":400,"answer":"a"}]""", "step 2: must have exactly one of answer, endless, status, raw, replay, redirect, html, json, noResponse; has \"status\", \"answer\".")]
    [InlineData("""[{"answr":"a"}]""", "step 1: must have exactly one of answer, endless, status, raw, replay, redirect, html, json, noResponse; has \"answr\".")]
    [InlineData("{}", "step 1: must have exactly one of answer, endless, status, raw, replay, redirect, html, json, noResponse; has none.")]
    [InlineData("""[{"answer":"a"}, {"answer":1}]""", "step 2: \"answer\" must be a string.")]
    [InlineData("""[{"answer":"a"}, {"answer":"a","cutAt":1}]""", "step 2: \"cutAt\" is not a field of a step.")]
    [InlineData("""{"answer":"a","done":"no"}""", "step 1: \"done\" must be true or false.")]
    [InlineData("""{"answer":"a","rate":"5"}""", "step 1: \"rate\" must be a number.")]
    [InlineData("""{"answer":"a","chunk":1.5}""", "step 1: \"chunk\" must be an integer.")]
    [InlineData("""{"answer":"a","delay":1e300}""", "step 1: \"delay\" must be a number of seconds from 0 to 1000000.")]
    [InlineData("""{"answer":"a","delay":-1}""", "step 1: \"delay\" must be a number of seconds from 0 to 1000000.")]
    [InlineData("""{"answer":"a","faults":"reset@1"}""", "step 1: \"faults\" must be an array.")]
    [InlineData("""{"answer":"a","faults":["eof@1",2]}""", "step 1: \"faults[1]\" must be a string.")]
    [InlineData("""{"answer":"a","headers":["x"]}""", "step 1: \"headers\" must be an object.")]
    [InlineData("""{"answer":"a","headers":{"x":1}}""", "step 1: \"x\" must be a string.")]
    [InlineData("""{"answer":"a","toolCalls":[{"name":"f","arguments":{}}]}""", "step 1: \"toolCalls[0].arguments\" must be a string.")]
    [InlineData("""{"answer":"a","toolCalls":[{"arguments":"{}"}]}""", "step 1: \"toolCalls[0].name\" is missing.")]
    [InlineData("""{"answer":"a","toolCalls":["f"]}""", "step 1: \"toolCalls[0]\" must be an object.")]
    [InlineData("""{"status":400,"body":{}}""", "step 1: \"body\" must be a string.")]
    [InlineData("""{"answer":"a","lineEnd":"nl"}""", "step 1: \"lineEnd\" must be lf, crlf or cr.")]
    public void A_message_names_the_step_and_the_field(string json, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Script.Parse(json)).Message);

    [Theory]
    [InlineData("""[{"answer":"a"}, {"answer":"a","chunk":0}]""", "step 2: \"chunk\" is invalid: ")]
    [InlineData("""{"answer":"a","faults":["resett@3"]}""", "step 1: \"faults\": Unknown fault 'resett'")]
    [InlineData("""[{"answer":"a"}, {"status":99}]""", "step 2: \"status\" is invalid: ")]
    [InlineData("""[{"answer":"a"}, {"status":400,"usage":true}]""", "step 2: \"usage\" is invalid: ")]
    [InlineData("""[{"answer":"a"}, {"answer":"a","faults":["reset@x"]}]""", "step 2: ")]
    public void A_value_that_a_script_refuses_is_named(string json, string start) =>
        Assert.StartsWith(start, Assert.Throws<FormatException>(() => Script.Parse(json)).Message, StringComparison.Ordinal);

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
