using System.Text;
using LlmStream.Cli.Inspect;
using LlmStream.Framing;

namespace LlmStream.Cli.Tests.Inspect;

public class InspectionTextTests
{
    [Fact]
    public async Task An_ordinary_stream_has_nothing_unusual()
    {
        using Recording recording = Recording.Events(
            Recording.Text("\"Hello,\\n\""), Recording.Text("\"[bold]world[/]\""), Recording.Finish("stop"), Recording.Usage, "[DONE]");

        Assert.Equal(
            $"""
            {recording.Path}
              dialect   openai (recognised)
              model     m
              id        c1
              size      {new FileInfo(recording.Path).Length} bytes in 5 events
            ── answer ──────────────────────────────────────────────────
            Hello,
            [bold]world[/]
            ── the end ─────────────────────────────────────────────────
              ended     complete: a finish reason, and [DONE] behind it
              finish    stop
              usage     1,200 input + 3 output = 1,203 tokens
              unusual   nothing

            """.ReplaceLineEndings("\n"),
            await ShowAsync(recording));
    }

    [Fact]
    public async Task Anthropics_marker_goes_by_its_name()
    {
        const string Start = """data: {"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"model":"m"}}""" + "\n\n";
        const string Text = """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""" + "\n\n" + """data: {"type":"news"}""" + "\n\n";
        const string Finish = "event: message_delta\n" + """data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1,"output_tokens":2}}""" + "\n\n";
        const string Stop = """data: {"type":"message_stop"}""" + "\n\n";
        using var whole = new Recording(Start + Text + Finish + Stop);
        using var cut = new Recording(Start + Text + Finish);

        AssertHolds(await ShowAsync(whole), "dialect   anthropic (recognised)\n", "ended     complete: a finish reason, and message_stop behind it\n", "finish    end_turn\n", "· unknown events: “news”\n");
        AssertHolds(await ShowAsync(cut), "ended     truncated: ", "missing   message_stop\n");
    }

    [Fact]
    public async Task The_readmes_sample_shows_a_tool_call_and_what_is_unusual()
    {
        string text = (await Run.Of("inspect", Sample("sample-weather.sse"))).Output;

        AssertHolds(text,
            "\nIt depends on where you will be on Saturday.\nI look up the forecast for Tromsø ☔\n",
            "── tool call: get_forecast · call_Yw2m ─",
            "\n{\n  \"place\": \"Tromsø\",\n  \"day\": \"Saturday\",\n  \"units\": \"metric\"\n}\n",
            "ended     complete: a finish reason says so\n",
            "finish    tool_calls: the model asks for its tools\n",
            "usage     86 input (64 cached) + 39 output = 125 tokens\n",
            "· no [DONE] at the end\n",
            "· 1 event with neither choices nor usage\n",
            "· unknown fields: “latency_checkpoint”\n",
            "· 1 comment: “keep-alive”\n");
    }

    [Fact]
    public async Task The_truncated_sample_says_what_is_missing()
    {
        string text = (await Run.Of("inspect", Sample("sample-truncated.sse"))).Output;

        AssertHolds(text,
            "── reasoning ─",
            "\nThe sky is blue because air scatters blue light\n",
            "ended     truncated: The stream ended in the middle of the answer",
            "missing   the finish reason, [DONE], usage\n",
            "cut event {\"id\":\"b7d0-41\"",
            "usage     none reported\n");
    }

    [Fact]
    public async Task An_error_of_the_provider_has_its_code_its_words_and_its_place()
    {
        using Recording recording = Recording.Events(
            Recording.Text("\"Hel\""), """{"error":{"code":503,"type":"overloaded_error","message":"No room.\nLater?"}}""");

        AssertHolds(await ShowAsync(recording),
            "\nHel\n",
            "ended     error: the provider reported one (event 2 of 2)\n",
            "code      503\n",
            "status    503\n",
            "message   No room.␊Later?\n",
            "again?    it may pass");
    }

    [Fact]
    public async Task An_event_that_cannot_be_understood_is_quoted_and_read_past()
    {
        using Recording recording = Recording.Events(Recording.Text("\"A\""), "{\"choices\": oops}", Recording.Text("\"B\""), "{nor this", Recording.Finish("stop"), "[DONE]");

        AssertHolds(await ShowAsync(recording),
            "\nAB\n",
            "ended     error: an event cannot be understood (event 2 of 6)\n",
            "it says   {\"choices\": oops}\n",
            "· 2 events in all cannot be understood\n");
    }

    [Fact]
    public async Task Each_choice_stands_for_itself()
    {
        using Recording recording = Recording.Events(
            """{"choices":[{"index":1,"delta":{"content":"second"}}]}""",
            """{"choices":[{"index":0,"delta":{"content":"first"}}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""",
            "[DONE]");

        string text = await ShowAsync(recording);

        AssertHolds(text,
            "── answer of choice 0 ─", "\nfirst\n", "── answer of choice 1 ─", "\nsecond\n",
            "finish    length: the answer reached the limit of tokens (choice 0)\n",
            "· 1 choice of 2 without a finish reason\n");
        Assert.True(text.IndexOf("\nfirst\n", StringComparison.Ordinal) < text.IndexOf("\nsecond\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_is_shown_as_one()
    {
        using Recording recording = Recording.Events("""{"choices":[{"index":0,"delta":{"refusal":"I would rather not."}}]}""", Recording.Finish("stop"), "[DONE]");

        AssertHolds(await ShowAsync(recording), "── refusal ─", "\nI would rather not.\n");
    }

    [Theory]
    [InlineData("“eos_token” is no finish reason that is known", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"eos_token\"}]}\n\n")]
    [InlineData("no finish reason\n", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n")]
    [InlineData("1 event behind [DONE], where nobody reads", "data: {\"choices\":[]}\n\ndata: [DONE]\n\ndata: {\"choices\":[]}\n\n")]
    [InlineData("1 event with neither choices nor usage", "data: {\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("2 comments: “ping” ×2", ": ping\n\n: ping\n\ndata: [DONE]\n\n")]
    [InlineData("1 comment: (empty)", ":\n\ndata: [DONE]\n\n")]
    [InlineData("lines end in CR LF", "data: {\"choices\":[]}\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData("lines end in CR\n", "data: {\"choices\":[]}\r\rdata: [DONE]\r\r")]
    [InlineData("line ends of several kinds: 2 CR LF, 0 CR, 2 LF", "data: {\"choices\":[]}\r\n\r\ndata: [DONE]\n\n")]
    [InlineData("a byte order mark at the start", "\uFEFFdata: {\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("no blank line behind the last event", "data: {\"choices\":[]}\n\ndata: [DONE]\n")]
    [InlineData("1 empty event", "data:\n\ndata: [DONE]\n\n")]
    [InlineData("1 field “error:”", "error: {\"message\":\"gone\"}\n\ndata: [DONE]\n\n")]
    [InlineData("1 JSON text without “data:”", "data: {\"choices\":[]}\n\n{\"error\":{\"message\":\"gone\"}}\n\ndata: [DONE]\n\n")]
    [InlineData("lines that are no field of an event stream: “dato” ×2", "dato: x\ndato: y\ndata: {\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("event types: “chunk” ×2", "event: chunk\ndata: {\"choices\":[]}\n\nevent: chunk\ndata: {\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("unknown fields: “surprise” ×2, “choices[].wow”", "data: {\"surprise\":1,\"choices\":[{\"index\":0,\"wow\":1}]}\n\ndata: {\"surprise\":1,\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("lines of JSON instead of server-sent events", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n")]
    [InlineData("the elements of a JSON array instead of server-sent events", "[{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]},{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}]")]
    [InlineData("one JSON document, not a stream of events", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}")]
    [InlineData("1 character U+FFFD", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\uFFFD\"}}]}\n\ndata: [DONE]\n\n")]
    public async Task What_is_unusual_about_the_bytes_is_told(string oddity, string body)
    {
        using var recording = new Recording(body);

        AssertHolds(await ShowAsync(recording), "· " + oddity);
    }

    [Theory]
    [InlineData("usage on every event", "{\"content\":\"a\"}|u", "{\"content\":\"b\"}|u", "{}|u|stop")]
    [InlineData("usage twice; the latest figures count", "{\"content\":\"a\"}|u", "{\"content\":\"b\"}", "{}|u|stop")]
    [InlineData("no usage (many send it only for stream_options.include_usage)", "{\"content\":\"a\"}", "{}|stop")]
    [InlineData("1 chunk of text behind the finish reason", "{\"content\":\"a\"}", "{}|stop", "{\"content\":\"b\"}")]
    [InlineData("the finish reason came 2 times", "{\"content\":\"a\"}", "{}|stop", "{}|stop")]
    [InlineData("the finish reason changed: “stop”, then “length”", "{\"content\":\"a\"}", "{}|stop", "{}|length")]
    [InlineData("each chunk seems to repeat the whole text so far", "{\"content\":\"A b\"}", "{\"content\":\"A b c\"}", "{\"content\":\"A b c d\"}", "{\"content\":\"A b c d e\"}", "{}|stop")]
    [InlineData("“<think>” in the text", "{\"content\":\"<think>\"}", "{\"content\":\"Hm</think>\"}", "{}|stop")]
    [InlineData("neither text nor a tool call", "{\"role\":\"assistant\"}", "{}|stop")]
    [InlineData("3 control characters, shown here as signs", "{\"content\":\"\\u001b[1m\\u0007\\u001b\"}", "{}|stop")]
    [InlineData("f: no id", "{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}", "{}|tool_calls")]
    [InlineData("tool call 0: no name", "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"arguments\":\"{}\"}}]}", "{}|tool_calls")]
    [InlineData("f: the arguments are no valid JSON (at character 6)", "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"é\\\":,}\"}}]}", "{}|tool_calls")]
    [InlineData("f: the arguments are no JSON object", "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"[1]\"}}]}", "{}|tool_calls")]
    [InlineData("several tool calls share one id", "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\"}},{\"index\":1,\"id\":\"t\",\"function\":{\"name\":\"g\"}}]}", "{}|tool_calls")]
    [InlineData("tool calls, but the finish reason is “stop”", "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\"}}]}", "{}|stop")]
    [InlineData("a finish reason for tool calls, but no tool call", "{\"content\":\"a\"}", "{}|tool_calls")]
    public async Task What_is_unusual_about_the_answer_is_told(string oddity, params string[] deltas)
    {
        using Recording recording = Recording.Events([.. deltas.Select(Chunk), "[DONE]"]);

        AssertHolds(await ShowAsync(recording), "· " + oddity);
    }

    [Fact]
    public async Task DashScopes_habits_are_not_unusual_but_cumulative_text_is_told()
    {
        using var recording = new Recording(
            """
            id:1
            event:result
            :HTTP_STATUS/200
            data:{"output":{"text":"Clear skies","finish_reason":"null"},"usage":{"input_tokens":4,"output_tokens":2},"request_id":"r"}

            id:2
            event:result
            :HTTP_STATUS/200
            data:{"output":{"text":"Clear skies tonight.","finish_reason":"stop"},"usage":{"input_tokens":4,"output_tokens":4},"request_id":"r"}


            """.ReplaceLineEndings("\n"));

        AssertHolds(await ShowAsync(recording),
            "dialect   dashscope (recognised)\n", "request   r\n", "\nClear skies tonight.\n", "usage     4 input + 4 output (no total)\n",
            "  unusual   · each chunk repeats the whole text so far (cumulative)\n");
        Assert.EndsWith("(cumulative)\n", await ShowAsync(recording), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_a_stream_says_is_obeyed_by_the_terminal()
    {
        const string Evil = "\\u001b[31m\\u009b2J\\r\\u202e[red]";
        using Recording recording = Recording.Events(
            """{"id":"EVIL","model":"EVIL","EVIL":1,"choices":[{"index":0,"delta":{"reasoning":"EVIL","refusal":"EVIL","content":"EVIL"}}]}""".Replace("EVIL", Evil, StringComparison.Ordinal),
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"EVIL","function":{"name":"EVIL","arguments":"{\"a\":\"EVIL\"}"}}]},"finish_reason":"EVIL"}]}""".Replace("EVIL", Evil, StringComparison.Ordinal),
            """{"error":{"code":"EVIL","message":"EVIL"}}""".Replace("EVIL", Evil, StringComparison.Ordinal),
            "{\u001B[31m broken");
        string raw = await File.ReadAllTextAsync(recording.Path);
        await File.WriteAllTextAsync(recording.Path, ": \u001B[31m\n\u001Bfield: x\nevent: \u001B[31m\ndata: {\"choices\":[]}\n\n" + raw);

        string text = await ShowAsync(recording);

        Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || c is '\u202E');
        Assert.Contains("␛[31m\\u009b2J␍\\u202e[red]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Colours_are_for_terminals_and_change_no_word()
    {
        using Recording recording = Recording.Events("""{"choices":[{"index":0,"delta":{"reasoning":"Hm.","content":"Hi"}}]}""", Recording.Finish("stop"));

        string coloured = await ShowAsync(recording, useColor: true);
        string plain = await ShowAsync(recording);

        AssertHolds(coloured, "\u001B[2mHm.\u001B[0m\n", "\nHi\n", "\u001B[32mcomplete", "\u001B[33m· no [DONE]");
        Assert.DoesNotContain('\u001B', plain);
        Assert.Equal(plain, System.Text.RegularExpressions.Regex.Replace(coloured, "\u001B\\[[0-9;]*m", "", default, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task Long_lines_stay_whole()
    {
        string line = string.Join(' ', Enumerable.Repeat("word", 500));
        using Recording recording = Recording.Events(Recording.Text($"\"{line}\""), Recording.Finish("stop"));

        AssertHolds(await ShowAsync(recording), $"\n{line}\n");
    }

    [Fact]
    public async Task A_pipe_is_read_as_a_file_is()
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"data: {Recording.Text("\"Hi\"")}\n\ndata: [DONE]\n\n");
        using var source = new MemoryStream(bytes);
        using var pipe = new BufferedPipe(source);

        Cli.Inspect.Inspection inspection = await Cli.Inspect.Inspection.ReadAsync("-", pipe, null, ChatTextMode.Auto, default);
        using var writer = new StringWriter();
        InspectionText.Write(inspection, new TerminalWriter(writer, useColor: false));

        AssertHolds(writer.ToString(), "standard input\n", $"size      {bytes.Length} bytes in 2 events\n", "\nHi\n");
    }

    private static string Chunk(string delta)
    {
        string[] parts = delta.Split('|');
        string finish = parts.Skip(1).FirstOrDefault(part => part is not "u") is { } reason ? $"\"{reason}\"" : "null";
        string usage = parts.Contains("u", StringComparer.Ordinal) ? ",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}" : "";
        return $"{{\"choices\":[{{\"index\":0,\"delta\":{parts[0]},\"finish_reason\":{finish}}}]{usage}}}";
    }

    private static async Task<string> ShowAsync(Recording recording, bool useColor = false)
    {
        using var writer = new StringWriter();
        Cli.Inspect.Inspection inspection = await Cli.Inspect.Inspection.ReadAsync(recording.Path, null, ChatTextMode.Auto, default);
        InspectionText.Write(inspection, new TerminalWriter(writer, useColor));
        return writer.ToString();
    }

    private static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "Transcripts", name);

    private static void AssertHolds(string text, params string[] parts)
    {
        foreach (string part in parts) Assert.Contains(part, text, StringComparison.Ordinal);
    }

    /// <summary>A stream that knows neither its length nor its position.</summary>
    private sealed class BufferedPipe(Stream inner) : LlmStream.Framing.ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, 7)], cancellationToken);
    }
}
