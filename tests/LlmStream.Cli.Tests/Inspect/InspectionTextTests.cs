using System.Text.RegularExpressions;
using LlmStream.Cli.Inspect;

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
              dialect   openai (recognized)
              model     m
              id        c1
              size      {new FileInfo(recording.Path).Length} bytes in 5 events
            ── answer ──────────────────────────────────────────────────
            Hello,
            [bold]world[/]
            ── end of stream ───────────────────────────────────────────
              ended     complete: received a finish reason and [DONE]
              finish    stop
              usage     1,200 input + 3 output = 1,203 tokens
              unusual   nothing

            """.ReplaceLineEndings("\n"),
            await FormatAsync(recording));
    }

    [Fact]
    public async Task The_end_marker_has_the_name_of_the_dialect()
    {
        string[] data =
        [
            """{"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"model":"m"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1,"output_tokens":2}}""",
            """{"type":"message_stop"}""",
        ];
        using Recording whole = Recording.Events(data);
        using Recording cut = Recording.Events(data[..^1]);

        AssertContains(await FormatAsync(whole),
            "dialect   anthropic (recognized)\n",
            "ended     complete: received a finish reason and message_stop\n",
            "finish    end_turn\n");
        AssertContains(await FormatAsync(cut), "ended     complete: received a finish reason\n", "no message_stop at the end\n");
    }

    [Fact]
    public async Task The_sample_of_the_readme_has_a_tool_call_and_findings()
    {
        string text = (await Run.Of("inspect", Sample("sample-weather.sse"))).Output;

        AssertContains(text,
            "\nIt depends on where you will be on Saturday.\nI look up the forecast for Tromsø ☔\n",
            "── tool call: get_forecast · call_Yw2m ─",
            "\n{\n  \"place\": \"Tromsø\",\n  \"day\": \"Saturday\",\n  \"units\": \"metric\"\n}\n",
            """
            ── end of stream ───────────────────────────────────────────
              ended     complete: received a finish reason
              finish    tool_calls: the model calls tools
              usage     86 input (64 cached) + 39 output = 125 tokens
              unusual   · no [DONE] at the end
                        · 1 event with neither choices nor usage
                        · unknown fields: “latency_checkpoint”
                        · 1 comment: “keep-alive”

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task What_is_missing_from_a_truncated_stream_is_shown()
    {
        string text = (await Run.Of("inspect", Sample("sample-truncated.sse"))).Output;

        AssertContains(text,
            "── reasoning ─",
            "\nThe sky is blue because air scatters blue light\n",
            "ended     truncated: The stream ended in the middle of the answer",
            "missing   the finish reason, [DONE], usage\n",
            "cut event {\"id\":\"b7d0-41\"",
            "usage     none reported\n");
    }

    [Fact]
    public async Task A_reported_error_is_shown_with_its_code_and_position()
    {
        using Recording recording = Recording.Events(
            Recording.Text("\"Hel\""), """{"error":{"code":503,"type":"overloaded_error","message":"No room.\nLater?"}}""");

        AssertContains(await FormatAsync(recording),
            "\nHel\n",
            "ended     error: reported by the provider (event 2 of 2)\n",
            "code      503\n",
            "status    503\n",
            "message   No room.␊Later?\n",
            "transient yes: the same request may succeed later\n");
    }

    [Fact]
    public async Task An_error_stated_as_a_finish_reason_has_no_position()
    {
        using Recording recording = Recording.Events(Recording.Text("\"Hel\""), Recording.Finish("error"), "[DONE]");

        AssertContains(await FormatAsync(recording),
            "ended     error: reported by the provider\n",
            "code      error\n",
            "transient not known to be\n",
            "finish    error\n");
    }

    [Fact]
    public async Task The_first_malformed_event_is_quoted()
    {
        using Recording recording = Recording.Events(
            Recording.Text("\"A\""), "{\"choices\": oops}", Recording.Text("\"B\""), "{nor this", Recording.Finish("stop"), "[DONE]");

        AssertContains(await FormatAsync(recording),
            "\nAB\n",
            "ended     error: malformed event (event 2 of 6)\n",
            "content   {\"choices\": oops}\n",
            "· 2 malformed events in total\n");
    }

    [Fact]
    public async Task Choices_are_shown_in_order()
    {
        using Recording recording = Recording.Events(
            """{"choices":[{"index":1,"delta":{"content":"second"}}]}""",
            """{"choices":[{"index":0,"delta":{"content":"first"}}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""",
            "[DONE]");

        string text = await FormatAsync(recording);

        AssertContains(text,
            "── answer of choice 0 ─", "\nfirst\n", "── answer of choice 1 ─", "\nsecond\n",
            "ended     complete: received [DONE]\n",
            "finish    length: the answer reached the token limit (choice 0)\n",
            "· 1 of 2 choices without a finish reason\n");
        Assert.True(text.IndexOf("\nfirst\n", StringComparison.Ordinal) < text.IndexOf("\nsecond\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_is_shown()
    {
        using Recording recording = Recording.Events(
            """{"choices":[{"index":0,"delta":{"refusal":"I would rather not."}}]}""", Recording.Finish("stop"), "[DONE]");

        AssertContains(await FormatAsync(recording), "── refusal ─", "\nI would rather not.\n");
    }

    [Fact]
    public async Task Cumulative_text_is_reported()
    {
        using var recording = new Recording(
            """
            id:1
            event:result
            :HTTP_STATUS/200
            data:{"output":{"text":"Clear","finish_reason":"null"},"usage":{"input_tokens":4,"output_tokens":2},"request_id":"r"}

            id:2
            event:result
            :HTTP_STATUS/200
            data:{"output":{"text":"Clear skies.","finish_reason":"stop"},"usage":{"input_tokens":4,"output_tokens":4},"request_id":"r"}


            """.ReplaceLineEndings("\n"));

        string text = await FormatAsync(recording);

        AssertContains(text,
            "dialect   dashscope (recognized)\n",
            "request   r\n",
            "\nClear skies.\n",
            "usage     4 input + 4 output (no total)\n",
            "  unusual   · each chunk repeats the whole text so far (cumulative)\n");
        Assert.EndsWith("(cumulative)\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_the_stream_are_escaped()
    {
        const string Evil = "\\u001b[31m\\u009b2J\\r\\u202e[red]";
        string[] data =
        [
            """{"id":"EVIL","model":"EVIL","EVIL":1,"choices":[]}""",
            """{"choices":[{"index":0,"delta":{"reasoning":"EVIL","refusal":"EVIL","content":"EVIL"}}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"EVIL","function":{"name":"EVIL"}}]}}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":\"EVIL\"}"}}]}}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"EVIL"}]}""",
            """{"error":{"code":"EVIL","message":"EVIL"}}""",
            "{\u001B[31m broken",
        ];
        using var recording = new Recording(
            ": \u001B[31m\n\u001Bfield: x\nevent: \u001B[31m\ndata: {\"choices\":[]}\n\n"
            + string.Concat(data.Select(text => $"data: {text.Replace("EVIL", Evil, StringComparison.Ordinal)}\n\n")));

        string text = await FormatAsync(recording);

        Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || c is '\u202E');
        AssertContains(text, "␛[31m\\u009b2J␍\\u202e[red]");
    }

    [Fact]
    public async Task Colors_do_not_change_the_text()
    {
        using Recording recording = Recording.Events(
            """{"choices":[{"index":0,"delta":{"reasoning":"Hm.","content":"Hi"}}]}""", Recording.Finish("stop"));

        string colored = await FormatAsync(recording, useColor: true);
        string plain = await FormatAsync(recording);

        AssertContains(colored, "\u001B[2mHm.\u001B[0m\n", "\nHi\n", "\u001B[32mcomplete", "\u001B[33m· no [DONE]");
        Assert.DoesNotContain('\u001B', plain);
        Assert.Equal(plain, Regex.Replace(colored, "\u001B\\[[0-9;]*m", "", default, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task Long_lines_are_not_wrapped()
    {
        string line = string.Join(' ', Enumerable.Repeat("word", 500));
        using Recording recording = Recording.Events(Recording.Text($"\"{line}\""), Recording.Finish("stop"));

        AssertContains(await FormatAsync(recording), $"\n{line}\n");
    }

    [Fact]
    public async Task Standard_input_has_a_name()
    {
        using Recording recording = Recording.Events(Recording.Text("\"Hi\""), "[DONE]");
        InspectedFile file = await InspectedFile.ReadAsync(new RecordedStream(recording.Path, new MemoryStream(File.ReadAllBytes(recording.Path))), null, ChatTextMode.Auto, default);

        Assert.StartsWith("standard input\n  dialect ", Format(file with { Path = "-" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "openai (assumed)")]
    [InlineData("cohere", "cohere (specified)")]
    public async Task The_source_of_the_dialect_is_shown(string? name, string expected)
    {
        using var recording = new Recording(": ping\n\n");
        ChatDialect? dialect = ChatDialect.All.FirstOrDefault(known => known.Name == name);
        InspectedFile file = await InspectedFile.ReadAsync(new RecordedStream(recording.Path, new MemoryStream(File.ReadAllBytes(recording.Path))), dialect, ChatTextMode.Auto, default);

        AssertContains(Format(file), $"dialect   {expected}\n", "missing   the answer, ");
    }

    private static async Task<string> FormatAsync(Recording recording, bool useColor = false) =>
        Format(await InspectedFile.ReadAsync(new RecordedStream(recording.Path, new MemoryStream(File.ReadAllBytes(recording.Path))), null, ChatTextMode.Auto, default), useColor);

    private static string Format(InspectedFile file, bool useColor = false)
    {
        using var writer = new StringWriter();
        InspectionText.Write(file, new TerminalWriter(writer, useColor));
        return writer.ToString();
    }

    private static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "Transcripts", name);

    private static void AssertContains(string text, params string[] parts)
    {
        foreach (string part in parts) Assert.Contains(part, text, StringComparison.Ordinal);
    }
}
