using LlmStream.Browser.Tests.Browsing;
using LlmStream.Cli.Tests.Cluster;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page of a node of <c>llmstream web</c> that is lost in mid-answer.</summary>
public class NodeFailureTests(Chromium chromium)
{
    private const string TextStart = "The sky is blue because";
    private const string TextEnd = "evening: red 🌇";

    [Fact]
    public async Task The_page_of_a_killed_node_shows_the_whole_answer()
    {
        await using ClusterNodes nodes = await ClusterNodes.StartAsync(Processes.First, lease: "6", rate: "20");
        await using Tab tab = await chromium.OpenAsync(nodes.First.Address);
        await tab.SendMessageAsync("Why is the sky blue?");
        await tab.Answer.ShowsAsync(TextStart);
        nodes.FirstProcess.Kill();

        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The connection was lost. Reconnecting…");
        await Assertions.Expect(tab.Ending).ToContainTextAsync("Complete · interrupted once and resumed");
        await tab.Answer.ShowsAsync(TextEnd);
        string text = await tab.Answer.InnerTextAsync();
        Assert.Equal(2, text.Split(TextStart).Length);
        Assert.Equal(2, text.Split(TextEnd).Length);
        await Assertions.Expect(tab.Answer.Locator(".seam")).ToHaveCountAsync(1);
        await tab.Alert.IsNotShownAsync();

        // The other node serves the rest of the conversation too.
        await tab.SendMessageAsync("Again, please.");
        await tab.Answer.ShowsAsync(TextStart);
        await tab.StopButton.ClickAsync();
        await tab.Ending.ShowsAsync("Stopped");
    }
}
