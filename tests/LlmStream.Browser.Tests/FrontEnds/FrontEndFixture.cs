using LlmStream.Browser.Tests.Browsing;
using LlmStream.Browser.Tests.Serving;
using LlmStream.Testing;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>
/// The site and the tab of a test class. Each test opens its page anew; a browser that has compiled the scripts of a page before is several
/// times as fast.
/// </summary>
public sealed class FrontEndFixture(Chromium chromium, Bundles bundles) : IAsyncLifetime
{
    private ChatSite? _site;
    private Tab? _tab;

    /// <summary>Opens a page, and sends a message that the provider answers as the script says.</summary>
    internal async Task<Session> SendAsync(string page, Script script)
    {
        if (!File.Exists(Path.Combine(Bundles.Sources, page + ".js"))) await bundles.RequireAsync(page);
        _site ??= await ChatSite.StartAsync(script, bundles);
        _site.Provider.Play(script);
        var address = new Uri(_site.Address, page);
        if (_tab is { Page.IsClosed: false }) await _tab.GoToAsync(address);
        else _tab = await chromium.OpenAsync(address);

        var session = new Session(_site, _tab);
        await session.SendAsync("Why is the sky blue?");
        return session;
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (_tab is not null) await _tab.DisposeAsync();
        if (_site is not null) await _site.DisposeAsync();
    }
}
