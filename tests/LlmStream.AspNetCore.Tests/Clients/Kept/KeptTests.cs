using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>What the user of a real client sees of a kept stream, after a reload, in a second tab, and when a node is lost.</summary>
/// <param name="client">The client.</param>
public abstract class KeptTests(NodeClient client)
{
    /// <summary>What has to survive JSON, UTF-8 and line framing, in the script's tokens.</summary>
    private protected const string Text = "The \"capital\" of\nGermany: 柏林 (Berlin) 🌤️ <b>\\n</b>\u2028 is on the Spree.";

    /// <summary>The text of the events 1 to 5. Event 0 has the role alone.</summary>
    private protected const string Half = "The \"capital\" of";

    private protected NodeClient Client => client;

    [Theory]
    [InlineData("user")]
    [InlineData(null)]
    public async Task Reload_in_mid_answer(string? history)
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text).WithReasoning("Hm 🤔."), Holding(out TaskCompletionSource gate));
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);
        await page.LeaveAsync();
        await first;

        ClientPage reloaded = await page.OpenAgainAsync(history);
        Task<Seen> resumed = reloaded.ResumeAsync(all: true);
        await reloaded.ShowsAsync(Half);
        gate.SetResult();

        AssertComplete(await resumed, Text);
        Assert.Single(cluster.Provider.Requests);
    }

    [Fact]
    public async Task Reload_after_the_end()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text));
        ClientPage page = await OpenAsync(cluster.First);
        AssertComplete(await page.SendAsync("hi"), Text);

        ClientPage reloaded = await page.OpenAgainAsync();

        AssertComplete(await reloaded.ResumeAsync(all: true), Text);
        Assert.Single(cluster.Provider.Requests);
    }

    [Fact]
    public async Task Second_tab_at_another_node()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text), Holding(out TaskCompletionSource gate));
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);
        ClientPage tab = await page.OpenAgainAsync(url: AddressOf(cluster.Second));
        Task<Seen> second = tab.ResumeAsync(all: true);
        await tab.ShowsAsync(Half);
        gate.SetResult();

        AssertComplete(await first, Text);
        AssertComplete(await second, Text);
        Assert.Single(cluster.Provider.Requests);
    }

    [Fact]
    public async Task Somebody_elses_browser_gets_nothing()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text));
        ClientPage page = await OpenAsync(cluster.First);
        AssertComplete(await page.SendAsync("hi"), Text);

        ClientPage other = await page.OpenAgainAsync(otherBrowser: true);
        Seen seen = await other.ResumeAsync(all: true);

        Assert.Equal("", seen.Text);
        Assert.Contains(seen.Responses[^1].Status, new[] { 204, 404 });
    }

    [Fact]
    public async Task Stop_at_another_node_while_two_tabs_read()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text).StallAtEvent(6));
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);
        ClientPage tab = await page.OpenAgainAsync(url: AddressOf(cluster.Second));
        Task<Seen> second = tab.ResumeAsync(all: true);
        await tab.ShowsAsync(Half);

        await tab.StopAsync();

        AssertCanceled(await first, Half);
        AssertCanceled(await second, Half);
        await cluster.Provider.Requests[0].ClientLeft.WaitAsync(TimeSpan.FromSeconds(60));
        ClientPage reloaded = await page.OpenAgainAsync();
        AssertCanceled(await reloaded.ResumeAsync(all: true), Half);
    }

    [Fact]
    public async Task Node_is_lost_and_the_other_continues()
    {
        await using Cluster cluster = await StartAsync(
            Script.Answer(Text).StallAtEvent(6).ThenWithoutFaults(), new() { LeaseDuration = TimeSpan.FromSeconds(3) });
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);
        cluster.First.Lose();
        AssertDisconnected(await first, Half);

        ClientPage reloaded = await page.OpenAgainAsync(url: AddressOf(cluster.Second));
        AssertComplete(await reloaded.ResumeAsync(all: true), Text);
        Assert.Equal(2, cluster.Provider.Requests.Count);
        Assert.Equal(Half.Length, cluster.Provider.Requests[1].ContinuedFrom);

        // In the same page, without a reload.
        await page.MoveAsync(AddressOf(cluster.Second));
        AssertReconnected(await page.ResumeAsync());
    }

    [Fact]
    public async Task Node_is_shut_down_and_the_page_does_not_notice()
    {
        await using Cluster cluster = await StartAsync(
            Script.Answer(Text).StallAtEvent(6).ThenWithoutFaults(), new() { LeaseDuration = TimeSpan.FromSeconds(20) });
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);

        await cluster.First.StopAsync();

        AssertComplete(await first, Text);
        Assert.Equal(2, cluster.Provider.Requests.Count);
        Assert.Equal(Half.Length, cluster.Provider.Requests[1].ContinuedFrom);
    }

    /// <summary>The address that the client is configured with.</summary>
    private protected virtual Uri AddressOf(Node node) => node.Chat;

    /// <summary>The client shows one complete answer, and no failure.</summary>
    private protected abstract void AssertComplete(Seen seen, string text);

    /// <summary>The client shows the beginning of an answer that was stopped.</summary>
    private protected abstract void AssertCanceled(Seen seen, string text);

    /// <summary>The client shows the beginning of an answer, and that the connection broke.</summary>
    private protected abstract void AssertDisconnected(Seen seen, string text);

    /// <summary>The page in which the connection broke shows the complete answer after it has resumed.</summary>
    private protected virtual void AssertReconnected(Seen seen) => AssertComplete(seen, Text);

    private protected Task<ClientPage> OpenAsync(Node node) => ClientPage.OpenAsync(client, AddressOf(node));

    private protected async Task<Cluster> StartAsync(Script script, ClusterOptions? options = null)
    {
        client.SkipIfMissing();
        return await Cluster.StartAsync(script, options);
    }

    private protected static ClusterOptions Holding(out TaskCompletionSource gate)
    {
        var options = new ClusterOptions { HoldAfter = Half };
        gate = options.Gate;
        return options;
    }
}
