using LlmStream.Browser.Tests.Browsing;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page on narrow screens.</summary>
public class LayoutTests(Chromium chromium)
{
    private const string Wide = """
        A word that is too long: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvertretung, and
        https://example.com/a/very/long/path/without/any/space/in/it/at/all/which/goes/on/and/on/and/on?and=on

        ```csharp
        await foreach (ChatDelta delta in client.StreamAsync(messages, options, cancellationToken)) Console.Write(delta.Text); // long
        ```

        | provider | first delta | chunks per second | allocated per chunk | remarks of the person who measured it |
        |---|---:|---:|---:|---|
        | ThisIsAProviderWithALongName | 230 ms | 1,204 | 118 bytes | none_at_all_but_without_a_space_in_it |

        - 1
          - 2
            - 3
              - 4
                - deep lists
        """;

    [Theory]
    [InlineData(320)]
    [InlineData(360)]
    [InlineData(768)]
    public async Task The_page_never_scrolls_sideways(int width)
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(
            site.Address, new() { ViewportSize = new() { Width = width, Height = 640 }, HasTouch = true, IsMobile = width < 500 });
        await tab.SendMessageAsync(new string('W', 200) + " " + Wide);
        PageAnswer answer = await site.NextAnswerAsync();
        await answer.SendTextAsync(Wide);
        await CheckAsync();

        await answer.SendAsync(
            """{"type":"tool-input-start","toolCallId":"c","toolName":"a_tool_with_a_very_long_name_that_goes_on_and_on_and_on"}""",
            $$"""{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{{new string('x', 300)}}"}""",
            $$"""{"type":"source-url","sourceId":"s","url":"https://example.com/{{new string('y', 200)}}"}""",
            $$"""{"type":"error","errorText":"{{new string('z', 200)}}"}""",
            "[DONE]");
        answer.End();
        await tab.Alert.IsShownAsync();
        await CheckAsync();

        async Task CheckAsync()
        {
            await tab.Answer.ShowsAsync("deep lists");
            int[] widths = await tab.Page.EvaluateAsync<int[]>(
                """
                () => [document.scrollingElement, document.getElementById('conversation')].map(x => x.scrollWidth - x.clientWidth)
                """);
            Assert.All(widths, overflow => Assert.Equal(0, overflow));
            string[] outside = await tab.Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll('article, button, textarea, header > *, .ending, .error')]
                    .filter(x => x.checkVisibility() && !x.matches('.skip'))
                    .filter(x => { const r = x.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth + 0.5; })
                    .map(x => x.outerHTML.slice(0, 80))
                """);
            Assert.Empty(outside);
        }
    }

    [Fact]
    public async Task The_message_field_stays_on_the_screen_while_an_answer_grows()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(
            site.Address, new() { ViewportSize = new() { Width = 360, Height = 480 }, HasTouch = true, IsMobile = true });
        await tab.SendMessageAsync("Tell me a long story.");
        PageAnswer answer = await site.NextAnswerAsync();
        await answer.SendTextAsync(string.Concat(Enumerable.Range(1, 100).Select(i => $"Line {i} of the story.\n\n")));

        await tab.Answer.ShowsAsync("Line 100 of");
        await Microsoft.Playwright.Assertions.Expect(tab.Prompt).ToBeInViewportAsync(new() { Ratio = 1 });
        await Microsoft.Playwright.Assertions.Expect(tab.StopButton).ToBeInViewportAsync(new() { Ratio = 1 });
        await Microsoft.Playwright.Assertions.Expect(tab.Answer.GetByText("Line 100 of")).ToBeInViewportAsync();

        // Who reads an earlier part is not taken away from it.
        await tab.Page.Locator("#conversation").EvaluateAsync("x => x.scrollTop = 100");
        await tab.Page.Locator("#latest").IsShownAsync();
        await answer.SendAsync("""{"type":"text-delta","id":"t","delta":"And one more.\n\n"}""");
        await tab.Answer.ShowsAsync("And one more.");
        Assert.Equal(100, await tab.Page.Locator("#conversation").EvaluateAsync<int>("x => Math.round(x.scrollTop)"));
        await tab.Page.Locator("#latest").ClickAsync();
        await Microsoft.Playwright.Assertions.Expect(tab.Answer.GetByText("And one more.")).ToBeInViewportAsync();
        answer.End();
    }
}
