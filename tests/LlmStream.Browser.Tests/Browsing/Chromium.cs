using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Browsing;

/// <summary>
/// The browser of the test run: Chromium as the system has it, started by the first test that needs it. Without it, or if the environment
/// variable LLMSTREAM_CHROMIUM is <c>off</c>, the tests are skipped. The variable may also give the path of the executable.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Variable = "LLMSTREAM_CHROMIUM";
    private const float TimeoutInMilliseconds = 60_000;

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // no page of a test reaches another host
    ];

    private readonly Lazy<Task<IBrowser>> _browser;
    private IPlaywright? _playwright;

    public Chromium() => _browser = new(LaunchAsync);

    /// <summary>Opens a page in a context of its own: no cookies, no storage.</summary>
    public async Task<Tab> OpenAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(Executable is null, $"Chromium is not installed, or {Variable} is off.");
        IBrowser browser = await _browser.Value;
        IBrowserContext context = await browser.NewContextAsync(options ?? new());
        context.SetDefaultTimeout(TimeoutInMilliseconds);
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(address.AbsoluteUri);
        return tab;
    }

    public ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(TimeoutInMilliseconds);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated && _browser.Value.IsCompletedSuccessfully) await (await _browser.Value).DisposeAsync();
        _playwright?.Dispose();
    }

    private static string? Executable
    {
        get
        {
            string? value = Environment.GetEnvironmentVariable(Variable);
            if (value is "off") return null;
            IEnumerable<string> candidates = string.IsNullOrEmpty(value)
                ? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
                : [value];
            return candidates.FirstOrDefault(File.Exists);
        }
    }

    private async Task<IBrowser> LaunchAsync()
    {
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, Args = Arguments });
    }
}
