using System.Text.RegularExpressions;
using LlmStream.Browser.Tests.Browsing;
using LlmStream.Browser.Tests.Serving;
using LlmStream.Testing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>Kept streams in a browser: what is shown after a reload, and after a stop.</summary>
public sealed class KeptStreamTests(Chromium chromium, Bundles bundles) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    public static TheoryData<string> UseChat => ["use-chat-5", "use-chat-6", "use-chat-7"];

    [Theory]
    [MemberData(nameof(UseChat))]
    public async Task UseChat_resumes_after_reloads_in_mid_answer_and_after_the_end(string page)
    {
        (ChatSite site, Tab tab) = await SendAsync(page, Ending.Complete);

        for (int i = 0; i < 2; i++)
        {
            await Assertions.Expect(tab.Page.Locator("#answer")).ToContainTextAsync("The sky");
            await tab.Page.ReloadAsync();
        }

        await ShowsWholeAnswerAsync();
        await tab.Page.ReloadAsync();
        await ShowsWholeAnswerAsync();
        Assert.Single(site.Provider.Requests);
        Assert.Empty(tab.Errors);

        async Task ShowsWholeAnswerAsync()
        {
            await tab.ShowsAsync("#finish", "stop");
            await tab.ShowsAsync("#answer", Ending.Text);
            await tab.ShowsAsync("#answers", "1");
            await tab.ShowsAsync("#status", "ready");
        }
    }

    [Theory]
    [MemberData(nameof(UseChat))]
    public async Task Stop_of_useChat_ends_the_answer(string page)
    {
        (ChatSite site, Tab tab) = await SendAsync(page, Ending.Endless);
        await tab.ShowsAsync("#status", "streaming");
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("#status", "streaming");

        await tab.Page.Locator("#stop").ClickAsync();

        await tab.ShowsAsync("#status", "ready");
        await tab.ShowsAsync("#finish", "unknown");
        await site.Provider.Requests[0].ClientLeft.WaitAsync(TimeSpan.FromSeconds(60));
        string stopped = await tab.Page.Locator("#answer").InnerTextAsync();
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("#finish", "unknown");
        await tab.ShowsAsync("#answer", stopped);
    }

    [Fact]
    public async Task EventSource_goes_on_after_its_connection_broke()
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (ChatSite site, Tab tab) = await SendAsync("json-events", Ending.Complete, rest.Task);
        await Assertions.Expect(tab.Page.Locator("#answer")).ToContainTextAsync("The sky");

        site.AbortLastRequest();
        rest.SetResult();

        await Assertions.Expect(tab.Page.Locator("#status")).ToHaveTextAsync(new Regex("^complete"));
        await tab.ShowsAsync("#answer", Ending.Text);
        Assert.Single(site.Provider.Requests);
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in Enumerable.Reverse(_opened)) await opened.DisposeAsync();
    }

    private async Task<(ChatSite Site, Tab Tab)> SendAsync(string page, Script script, Task? rest = null)
    {
        if (!File.Exists(Path.Combine(Bundles.Sources, page + ".js"))) await bundles.RequireAsync(page);
        ChatSite site = await ChatSite.StartAsync(script, bundles, keepsStreams: true, rest);
        _opened.Add(site);
        Tab tab = await chromium.OpenAsync(new Uri(site.Address, $"{page}?chat=chat-1"));
        _opened.Add(tab);
        await tab.Page.Locator("#prompt").FillAsync("Why is the sky blue?");
        await tab.Page.Locator("#send").ClickAsync();
        return (site, tab);
    }
}
