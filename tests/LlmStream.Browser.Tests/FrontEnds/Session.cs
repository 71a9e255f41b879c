using System.Text.RegularExpressions;
using LlmStream.Browser.Tests.Browsing;
using LlmStream.Browser.Tests.Serving;
using LlmStream.Testing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>A page of a front end, and the site that it belongs to, from the time at which the page was opened.</summary>
internal sealed class Session(ChatSite site, Tab tab)
{
    private readonly int _earlierRequests = site.Provider.Requests.Count;

    public ChatSite Site => site;

    public Tab Tab => tab;

    public IPage Page => tab.Page;

    /// <summary>The requests that the provider has got from this page.</summary>
    public IEnumerable<ScriptedRequest> ProviderRequests => site.Provider.Requests.Skip(_earlierRequests);

    /// <summary>Sends a message.</summary>
    public async Task SendAsync(string message)
    {
        ILocator prompt = Page.Locator("#prompt, textarea");
        await prompt.FillAsync(message);
        if (await Page.Locator("#send").CountAsync() > 0) await Page.Locator("#send").ClickAsync();
        else await prompt.PressAsync("Enter");
    }

    /// <summary>Waits until an element shows exactly this text.</summary>
    public Task ShowsAsync(string selector, string text) => tab.ShowsAsync(selector, text);

    /// <summary>Waits until an element shows a text of this form.</summary>
    public Task ShowsAsync(string selector, Regex text) => Assertions.Expect(Page.Locator(selector)).ToHaveTextAsync(text);

    /// <summary>The text that an element shows.</summary>
    public async Task<string> TextAsync(string selector) => await Page.Locator(selector).InnerTextAsync();

    /// <summary>Waits until the relay has closed its request to the provider.</summary>
    public async Task ProviderWasLeftAsync() =>
        await (await site.Provider.WaitForRequestAsync(_earlierRequests)).ClientLeft.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Checks that an element shows a part of the answer.</summary>
    public async Task ShowsPartOfTheAnswerAsync(string selector)
    {
        string text = await TextAsync(selector);
        Assert.StartsWith(text, Ending.Text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 1, Ending.Text.Length - 1);
    }
}
