using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using LlmStream.Cli.Serve;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>The Vercel AI SDK, whose page is opened again after the node behind it was killed.</summary>
public class UseChatTests
{
    private static readonly string[] Packages = ["ai5", "ai6", "ai7"];

    [Fact]
    public async Task Page_shows_the_whole_answer_once()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(Processes.First, lease: "6", rate: "20");
        string script = Path.Combine(AppContext.BaseDirectory, "Cluster", "Scripts", "use-chat.mjs");
        var start = new ProcessStartInfo(
            "node", [script, nodes.First.Address.AbsoluteUri, nodes.Second.Address.AbsoluteUri, .. Packages])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process? node = TryStart(start);
        Assert.SkipWhen(node is null, "Node.js is not installed.");
        try
        {
            node!.ErrorDataReceived += static (_, _) => { };
            node.BeginErrorReadLine();
            string first = await ReadLineAsync(node);
            Assert.SkipWhen(first.StartsWith("{\"missing\"", StringComparison.Ordinal), "The npm packages ai5, ai6 and ai7 are not installed.");
            Assert.Equal("text", first);
            nodes.FirstProcess.Kill();
            await node.StandardInput.WriteLineAsync("killed");
            await node.StandardInput.FlushAsync();
            JsonElement[] pages = [.. JsonDocument.Parse(await ReadLineAsync(node)).RootElement.EnumerateArray()];

            Assert.Equal(2 * Packages.Length, pages.Length);
            Assert.All(pages, AssertWhole);
        }
        finally
        {
            if (!node!.HasExited) node.Kill();
        }
    }

    private static void AssertWhole(JsonElement page)
    {
        string json = page.ToString();
        Assert.True(page.GetProperty("text").GetString() == ServeArguments.DefaultText, json);
        Assert.True(page.GetProperty("status").GetString() == "ready", json);
        Assert.True(page.GetProperty("finishReason").GetString() == "stop", json);
        Assert.True(!page.GetProperty("isError").GetBoolean() && !page.TryGetProperty("error", out _), json);
        Assert.True(page.GetProperty("answers").GetInt32() == 1, json);
        // The page that was open did not take the end of its connection for the end of the answer.
        Assert.True(page.GetProperty("lost").GetString() == "error", json);
    }

    private static async Task<string> ReadLineAsync(Process node) =>
        await node.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(40)) ?? throw new InvalidOperationException("Node.js ended.");

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
