using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace LlmStream.Docs.Tests;

/// <summary>The programs in tests/Samples compile and run, against the scripted server.</summary>
public partial class SamplesTests
{
    private const string SkyAnswer = "The sky is blue because air scatters blue light more than red light.";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_chat_answers_until_an_empty_line()
    {
        using var program = Load("Chat");
        string output = await program.RunAsync("Why?\nAnd again?\n\n", Stop);
        Assert.Equal($"> {SkyAnswer}\n> {SkyAnswer}\n> ", output);
    }

    [Fact]
    public async Task The_agent_calls_its_tool()
    {
        using var program = Load("Agent");
        Assert.Equal("[get_weather: Bergen]\nTake an umbrella: it rains in Bergen.\n", await program.RunAsync("", Stop));
    }

    [Fact]
    public async Task The_worker_exports_its_spans_and_metrics()
    {
        using var program = Load("Worker");
        string output = await program.RunAsync("", Stop);
        Assert.Contains("Air scatters blue light more than red light.", output, StringComparison.Ordinal);
        foreach (string text in new[] { "gen_ai.request.temperature: 0.2", "llmstream.outcome: complete", "llmstream.attempt: 2", "llmstream.seam" })
            Assert.Contains(text, output, StringComparison.Ordinal);
        Assert.Matches(@"Activity.DisplayName: +chat ", output);
        Assert.Contains("gen_ai.client.inference.duration", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_relay_streams_to_OpenAI_clients()
    {
        using var program = Load("Relay");
        using Process process = program.Start("--urls", "http://127.0.0.1:0");
        try
        {
            Uri? address = null;
            while (address is null && await process.StandardOutput.ReadLineAsync(Stop) is { } line)
            {
                if (Address().Match(line) is { Success: true } match) address = new Uri(match.Value);
            }

            Assert.NotNull(address);
            using var http = new HttpClient();
            object body = new { model = "m", stream = true, messages = new[] { new { role = "user", content = "Why?" } } };
            using HttpResponseMessage response = await http.PostAsJsonAsync(new Uri(address, "v1/chat/completions"), body, Stop);
            ChatStreamResult answer = await response.ReadChatDeltasAsync(ChatDialect.OpenAI, cancellationToken: Stop).CollectAsync(Stop);
            Assert.Equal((SkyAnswer, true), (answer.Text, answer.IsComplete));
        }
        finally
        {
            process.Kill();
        }
    }

    private static DocumentationProgram Load(string name) =>
        new(name, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Samples", name + ".cs")));

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
