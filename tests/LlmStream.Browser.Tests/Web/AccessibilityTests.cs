using System.Text.Json;
using LlmStream.Browser.Tests.Browsing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page with a keyboard and with a screen reader.</summary>
public class AccessibilityTests(Chromium chromium)
{
    private const string Answer = """
        # Title

        Text with `code`, a [link](https://example.com/), and **bold**.

        ```csharp
        int x = 1; // a comment
        ```

        | a | b |
        |---|---|
        | 1 | 2 |

        > A quote.
        """;

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_rules_of_axe_hold(ColorScheme scheme)
    {
        string? axe = FindAxe();
        Assert.SkipWhen(axe is null, "The npm package 'axe-core' is not installed.");
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address, new() { ColorScheme = scheme });
        await tab.Page.EvaluateAsync(await File.ReadAllTextAsync(axe!));
        await CheckAsync();

        await tab.SendMessageAsync("Why?");
        PageAnswer answer = await site.NextAnswerAsync();
        await answer.SendTextAsync(Answer);
        await tab.Answer.ShowsAsync("A quote.");
        await CheckAsync();

        answer.Abort();
        answer = await site.NextAnswerAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The connection was lost. Reconnecting…");
        await CheckAsync();

        await answer.SendTextAsync(Answer);
        await answer.SendAsync(
            """{"type":"reasoning-start","id":"r"}""",
            """{"type":"reasoning-delta","id":"r","delta":"Because."}""",
            """{"type":"data-seam","data":{"attempt":2,"kind":"Appended","reason":"Connection"}}""",
            """{"type":"tool-input-start","toolCallId":"c","toolName":"get_weather"}""",
            """{"type":"tool-input-available","toolCallId":"c","toolName":"get_weather","input":{"city":"Köln"}}""",
            """{"type":"source-url","sourceId":"s","url":"https://example.com/","title":"Example"}""",
            """{"type":"error","errorText":"The answer was cut off. Try again."}""",
            "[DONE]");
        answer.End();
        await tab.Alert.IsShownAsync();
        await tab.Answer.Locator("details").EvaluateAsync("x => x.open = true");
        await CheckAsync();

        async Task CheckAsync()
        {
            JsonElement result = await tab.Page.EvaluateAsync<JsonElement>("() => axe.run()");
            string[] violations =
            [
                .. from violation in result.GetProperty("violations").EnumerateArray()
                   from node in violation.GetProperty("nodes").EnumerateArray()
                   select $"{violation.GetProperty("id")}: {node.GetProperty("failureSummary")} {node.GetProperty("html")}",
            ];
            Assert.True(violations.Length == 0, string.Join('\n', violations));
        }
    }

    [Fact]
    public async Task Everything_works_with_the_keyboard()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        IKeyboard keyboard = tab.Page.Keyboard;

        // Skip link, then the controls in the order of the page.
        await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(tab.Prompt).ToBeFocusedAsync();
        await keyboard.TypeAsync("First line");
        await keyboard.PressAsync("Shift+Enter");
        await keyboard.TypeAsync("second line");
        await keyboard.PressAsync("Enter");
        PageAnswer answer = await site.NextAnswerAsync();
        Assert.Contains(@"First line\nsecond line", answer.Request, StringComparison.Ordinal);
        await answer.SendTextAsync("Text");
        await tab.Answer.ShowsAsync("Text");
        await Assertions.Expect(tab.Prompt).ToHaveValueAsync("");

        await keyboard.PressAsync("Escape");
        await tab.Ending.ShowsAsync("Stopped");
        await answer.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        await Assertions.Expect(tab.Prompt).ToBeFocusedAsync();

        // Enter on Stop leaves the focus on a control that is still there.
        await keyboard.TypeAsync("Again");
        await keyboard.PressAsync("Enter");
        answer = await site.NextAnswerAsync();
        await answer.SendTextAsync("More text");
        await tab.Answer.ShowsAsync("More text");
        await tab.StopButton.FocusAsync();
        await keyboard.PressAsync("Enter");
        await tab.Ending.ShowsAsync("Stopped");
        await Assertions.Expect(tab.SendButton).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Enter_that_chooses_a_word_of_an_input_method_does_not_send()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.Prompt.FillAsync("蓝天");

        await tab.Prompt.EvaluateAsync(
            "x => x.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))");

        await Assertions.Expect(tab.Prompt).ToHaveValueAsync("蓝天");
        Assert.Equal(0, await tab.Page.Locator("article").CountAsync());
    }

    [Fact]
    public async Task A_screen_reader_is_told_the_text_as_it_grows_once_and_the_ending()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        ILocator live = tab.Page.Locator("[aria-live=polite]");
        await tab.SendMessageAsync("Why?");
        PageAnswer answer = await site.NextAnswerAsync();

        await answer.SendTextAsync("The first sentence. The sec");
        await Assertions.Expect(live).ToHaveTextAsync("The first sentence.");
        await answer.SendAsync("""{"type":"text-delta","id":"t","delta":"ond one. The rest"}""");
        await Assertions.Expect(live.Locator("p")).ToHaveTextAsync(["The first sentence.", "The second one."]);
        await answer.CompleteAsync();

        await Assertions.Expect(live.Locator("p")).ToHaveTextAsync(["The first sentence.", "The second one.", "The rest"]);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The answer is complete.");
        await Assertions.Expect(tab.Answer).Not.ToHaveAttributeAsync("aria-busy", "true");
    }

    [Fact]
    public async Task Dark_mode_is_dark()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address, new() { ColorScheme = ColorScheme.Dark });

        int[] background = await tab.Page.EvaluateAsync<int[]>(
            """
            () => {
                const context = document.createElement('canvas').getContext('2d');
                context.fillStyle = getComputedStyle(document.body).backgroundColor;
                context.fillRect(0, 0, 1, 1);
                return [...context.getImageData(0, 0, 1, 1).data];
            }
            """);

        Assert.All(background[..3], channel => Assert.InRange(channel, 0, 64));
        Assert.Equal(255, background[3]);
    }

    private static string? FindAxe() => (Environment.GetEnvironmentVariable("NODE_PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "axe-core", "axe.min.js"))
        .FirstOrDefault(File.Exists);
}
