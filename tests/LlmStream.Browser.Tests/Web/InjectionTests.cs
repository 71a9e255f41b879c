using System.Text.Json;
using LlmStream.Browser.Tests.Browsing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>
/// What a model writes is text: nothing of it is run, and nothing is loaded, wherever it stands. The page's content security policy is
/// switched off, so that the elements themselves must be harmless.
/// </summary>
public class InjectionTests(Chromium chromium)
{
    /// <summary>Each would set <c>window.hacked</c>, open a dialog, or make a request.</summary>
    private static readonly string[] Attacks =
    [
        "<script>window.hacked = 1</script>",
        "<img src=x onerror=\"window.hacked = 1\">",
        "<img src=\"http://evil.invalid/a.png\">",
        "<svg onload=\"window.hacked = 1\"><script>window.hacked = 1</script></svg>",
        "<iframe srcdoc=\"<script>parent.hacked = 1</script>\"></iframe>",
        "<style>body { background: url(http://evil.invalid/b.png) }</style><link rel=stylesheet href=http://evil.invalid/c.css>",
        "<a href=\"javascript:window.hacked = 1\" id=link>x</a>",
        "![image](http://evil.invalid/d.png \"title\")",
        "![image](x\" onerror=\"window.hacked=1)",
        "[link](javascript:window.hacked=1)",
        "[link](JaVaScRiPt:window.hacked=1) [link](&#106;avascript:window.hacked=1) [link](java\tscript:window.hacked=1)",
        "[link](data:text/html,<script>opener.hacked=1</script>) [link](vbscript:x) <javascript:window.hacked=1>",
        "[link](http://evil.invalid/\" onmouseover=\"window.hacked=1)",
        "[link]: javascript:window.hacked=1\n\n[link] [link][link]",
        "`<img src=x onerror=window.hacked=1>`\n\n```\"onload=window.hacked=1\n</code></pre><script>window.hacked = 1</script>\n```\n",
        "```<img src=x onerror=window.hacked=1>\ncode\n```\n",
        "| <img src=x onerror=window.hacked=1> | b |\n|---|---|\n| <script>window.hacked=1</script> | [x](javascript:window.hacked=1) |\n",
        "# <img src=x onerror=window.hacked=1>\n\n- <svg/onload=window.hacked=1>\n\n> <body onload=window.hacked=1>\n",
        "<noscript><p title=\"</noscript><img src=x onerror=window.hacked=1>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.hacked=1&gt;\">",
        "<details open ontoggle=window.hacked=1><input autofocus onfocus=window.hacked=1>",
        "<base href=http://evil.invalid/><meta http-equiv=refresh content=\"0;url=http://evil.invalid/e\">",
        "<form action=http://evil.invalid/f><button formaction=javascript:window.hacked=1>x</button></form>",
    ];

    [Fact]
    public async Task Nothing_is_run_or_loaded()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address, new() { BypassCSP = true });
        foreach (string attack in Attacks)
        {
            await tab.SendMessageAsync(attack);
            await AnswerAsync(await site.NextAnswerAsync(), attack);
            await tab.Alert.IsShownAsync();
            await CheckAsync(site, tab, attack);
        }

        // The stored conversation is shown in the same way.
        await tab.Page.ReloadAsync();
        await tab.Alert.IsShownAsync();
        Assert.Equal(Attacks.Length, await tab.Page.Locator("article[data-role=assistant]").CountAsync());
        await CheckAsync(site, tab, "after a reload");
    }

    private static async Task AnswerAsync(PageAnswer answer, string attack)
    {
        string json = JsonSerializer.Serialize(attack);
        await answer.SendAsync(
            """{"type":"start"}""",
            """{"type":"start-step"}""",
            """{"type":"reasoning-start","id":"r"}""",
            $$"""{"type":"reasoning-delta","id":"r","delta":{{json}}}""",
            """{"type":"reasoning-end","id":"r"}""",
            """{"type":"text-start","id":"t"}""");
        // One character at a time: what is harmless as a whole must be harmless while it grows.
        foreach (char character in attack)
            await answer.SendAsync($$"""{"type":"text-delta","id":"t","delta":{{JsonSerializer.Serialize(character.ToString())}}}""");
        await answer.SendAsync(
            """{"type":"text-end","id":"t"}""",
            $$"""{"type":"tool-input-start","toolCallId":"c","toolName":{{json}}}""",
            $$"""{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":{{json}}}""",
            $$"""{"type":"tool-input-available","toolCallId":"c","toolName":{{json}},"input":{"x":{{json}} } }""",
            $$"""{"type":"tool-output-error","toolCallId":"c","errorText":{{json}}}""",
            $$"""{"type":"source-url","sourceId":"s","url":{{json}},"title":{{json}}}""",
            """{"type":"source-url","sourceId":"s2","url":"javascript:window.hacked=1"}""",
            $$"""{"type":"source-document","sourceId":"d","mediaType":{{json}},"title":{{json}},"filename":{{json}}}""",
            $$"""{"type":"file","url":{{json}},"mediaType":{{json}}}""",
            """{"type":"file","url":"http://evil.invalid/g.png","mediaType":"image/png"}""",
            """{"type":"file","url":"javascript:window.hacked=1","mediaType":"text/html"}""",
            $$"""{"type":"data-seam","data":{"attempt":{{json}},"kind":{{json}},"reason":{{json}} } }""",
            $$"""{"type":"error","errorText":{{json}}}""",
            "[DONE]");
        answer.End();
    }

    private static async Task CheckAsync(PageSite site, Tab tab, string attack)
    {
        string[] harmful = await tab.Page.EvaluateAsync<string[]>(
            """
            () => {
                for (const folded of document.querySelectorAll('details')) folded.open = true;
                return [...document.querySelectorAll('main *')].flatMap(element => [
                    ...element.getAttributeNames()
                        .filter(name => /^on|^srcdoc$|^style$|^formaction$/.test(name)).map(() => element.outerHTML),
                    ...['href', 'src', 'action'].map(name => element[name]).filter(value => typeof value === 'string'
                        && /^(javascript|vbscript|data:(?!image\/))/i.test(value)),
                    ...(/^(script|iframe|object|embed|base|form|style|svg|math|input)$/.test(element.localName)
                        ? [element.outerHTML] : []),
                ]);
            }
            """);
        Assert.True(harmful.Length == 0, $"{attack}: {string.Join('\n', harmful)}");
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.hacked === undefined"), attack);
        Assert.True(tab.Errors.Count == 0, $"{attack}: {string.Join('\n', tab.Errors)}");
        Assert.All(tab.Requests, url => Assert.StartsWith(site.Address.AbsoluteUri, url, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_opens_a_page_of_its_own_without_access_to_this_one()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Where?");
        await (await (await site.NextAnswerAsync()).SendTextAsync("See [the **docs**](https://docs.example/a?b=c&d=e).")).CompleteAsync();

        ILocator link = tab.Answer.GetByRole(AriaRole.Link);
        await Assertions.Expect(link).ToHaveAttributeAsync("href", "https://docs.example/a?b=c&d=e");
        await Assertions.Expect(link).ToHaveAttributeAsync("target", "_blank");
        await Assertions.Expect(link).ToHaveAttributeAsync("rel", new System.Text.RegularExpressions.Regex("noopener"));
        await Assertions.Expect(link).ToHaveTextAsync("the docs");
    }

    [Fact]
    public async Task The_policy_of_the_page_allows_no_script_in_the_page_and_no_other_host()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);

        await tab.Page.EvaluateAsync(
            """
            () => {
                const script = document.createElement('script');
                script.textContent = 'window.hacked = 1';
                document.body.append(script);
                const image = document.createElement('img');
                image.src = 'http://127.0.0.1:9/a.png';
                document.body.append(image);
                return new Promise(resolve => image.onerror = resolve).then(() => {});
            }
            """);

        Assert.Null(await tab.Page.EvaluateAsync<object?>("() => window.hacked ?? null"));
    }
}
