using LlmStream.Browser.Tests.Browsing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page of <c>llmstream web</c> after a reload, and when its connection is lost.</summary>
public class ResumeTests(Chromium chromium)
{
    private const string Seam = """{"type":"data-seam","data":{"attempt":2,"kind":"appended","reason":"connection"}}""";

    [Fact]
    public async Task A_reload_in_the_answer_resumes_it()
    {
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await (await site.NextAnswerAsync()).SendTextAsync("One two");
        await tab.Answer.ShowsAsync("One two");
        await tab.Page.ReloadAsync();
        PageAnswer rest = await site.NextAnswerAsync();

        Assert.Equal(("GET", answer.Id), (rest.Method, rest.Id));
        await tab.StopButton.IsShownAsync();
        await rest.SendTextAsync("One two three");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync("One two three");
        await rest.CompleteAsync();
        await tab.Ending.ShowsAsync("Complete");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync("One two three");
        await Assertions.Expect(tab.Page.Locator("article")).ToHaveCountAsync(2);
        await tab.SendButton.IsShownAsync();
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task A_lost_connection_is_made_again_and_the_text_is_shown_once()
    {
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address);
        ILocator status = tab.Page.GetByRole(AriaRole.Status);
        ILocator text = tab.Answer.Locator(".text");
        ILocator spoken = tab.Page.Locator("[aria-live=polite] p");
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await site.NextAnswerAsync();
        await answer.SendAsync(
            """{"type":"start","messageId":"a"}""",
            """{"type":"reasoning-start","id":"r"}""",
            """{"type":"reasoning-delta","id":"r","delta":"Because."}""",
            """{"type":"reasoning-end","id":"r"}""",
            """{"type":"text-start","id":"t"}""",
            """{"type":"text-delta","id":"t","delta":"One. Two. Thr"}""");
        await tab.Answer.Locator("summary").ClickAsync();
        answer.Abort();
        await Assertions.Expect(status).ToHaveTextAsync("The connection was lost. Reconnecting…");
        await Assertions.Expect(text.Last).ToHaveTextAsync("One. Two. Thr");

        // What is sent again is shorter at first.
        PageAnswer rest = await site.NextAnswerAsync();
        Assert.Equal(answer.Id, rest.Id);
        await rest.SendAsync(
            """{"type":"start","messageId":"a"}""",
            """{"type":"reasoning-start","id":"r"}""",
            """{"type":"reasoning-delta","id":"r","delta":"Because."}""",
            """{"type":"reasoning-end","id":"r"}""",
            """{"type":"text-start","id":"t"}""",
            """{"type":"text-delta","id":"t","delta":"One. "}""");
        await Assertions.Expect(text.Last).ToHaveTextAsync("One. Two. Thr");
        await rest.SendAsync(
            """{"type":"text-delta","id":"t","delta":"Two. Thr"}""", Seam, """{"type":"text-delta","id":"t","delta":"ee. Four."}""");
        await Assertions.Expect(text.Last).ToHaveTextAsync("One. Two. Three. Four.");
        await Assertions.Expect(text.Last.Locator(".seam")).ToHaveCountAsync(1);
        await Assertions.Expect(status).ToHaveTextAsync("Answering…");
        await Assertions.Expect(tab.Answer.Locator("details")).ToHaveAttributeAsync("open", "");
        await rest.CompleteAsync();

        await tab.Ending.ShowsAsync("Complete · interrupted once and resumed");
        await Assertions.Expect(spoken).ToHaveTextAsync(["One.", "Two.", "Three.", "Four."]);
        await tab.Alert.IsNotShownAsync();
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task The_page_goes_on_at_a_peer_as_the_same_user()
    {
        PageSite first = await PageSite.StartAsync(keepsAnswers: true);
        await using PageSite second = await PageSite.StartAsync(keepsAnswers: true);
        first.AddPeer(second);
        second.AddPeer(first); // the same answers
        await using Tab tab = await chromium.OpenAsync(first.Address);
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await (await first.NextAnswerAsync()).SendTextAsync("One two");
        await tab.Answer.ShowsAsync("One two");
        answer.Abort();
        answer.End();
        await first.DisposeAsync();
        PageAnswer rest = await second.NextAnswerAsync();

        Assert.Equal((answer.Id, "owner=somebody"), (rest.Id, rest.Cookies));
        await rest.SendTextAsync("One two three");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync("One two three");
        await tab.StopButton.ClickAsync();
        Assert.Equal(answer.Id, await second.NextStopAsync());
        await rest.SendAsync("""{"type":"abort"}""", "[DONE]");
        await tab.Ending.ShowsAsync("Stopped");

        // The conversation goes on there too.
        await tab.SendMessageAsync("Go on.");
        await (await (await second.NextAnswerAsync()).SendTextAsync("Four")).CompleteAsync();
        await tab.Ending.ShowsAsync("Complete");
    }

    [Fact]
    public async Task Stop_ends_the_answer_at_the_server()
    {
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await (await site.NextAnswerAsync()).SendTextAsync("One two");
        await tab.Answer.ShowsAsync("One two");
        await tab.StopButton.ClickAsync();

        Assert.Equal(answer.Id, await site.NextStopAsync());
        await answer.SendAsync(
            """{"type":"text-delta","id":"t","delta":" three"}""",
            """{"type":"message-metadata","messageMetadata":{"usage":{"outputTokens":3}}}""",
            """{"type":"abort"}""",
            "[DONE]");
        await Assertions.Expect(tab.Ending).ToHaveTextAsync("Stopped · 3 tokens");
        await tab.Answer.ShowsAsync("One two three");
    }

    [Fact]
    public async Task Nobody_waits_for_a_server_that_does_not_stop()
    {
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await (await site.NextAnswerAsync()).SendTextAsync("One two");
        await tab.Answer.ShowsAsync("One two");
        await tab.StopButton.ClickAsync();
        await site.NextStopAsync();
        await tab.Page.Keyboard.PressAsync("Escape");

        await Assertions.Expect(tab.Ending).ToHaveTextAsync("Stopped");
        await answer.Ended.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("""{"type":"finish","finishReason":"length"}""", "Incomplete: the length limit was reached", false)]
    [InlineData("""{"type":"error","errorText":"The answer was cut off. Try again."}""", "Incomplete: the answer failed", true)]
    [InlineData("""{"type":"abort"}""", "Stopped", false)]
    public async Task An_answer_that_has_ended_looks_the_same_after_a_reload(string end, string ending, bool isError)
    {
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await (await site.NextAnswerAsync()).SendTextAsync("One two");
        await answer.SendAsync(end, "[DONE]");
        answer.End();
        await CheckAsync();
        await tab.Page.ReloadAsync();
        await CheckAsync();
        Assert.DoesNotContain(tab.Requests, url => url.EndsWith($"/{answer.Id}/stream", StringComparison.Ordinal));

        async Task CheckAsync()
        {
            await Assertions.Expect(tab.Ending).ToHaveTextAsync(ending);
            await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync("One two");
            await Assertions.Expect(tab.Alert).ToHaveCountAsync(isError ? 1 : 0);
            await tab.SendButton.IsShownAsync();
        }
    }

    [Fact]
    public async Task A_second_tab_of_the_conversation_shows_the_same_answer()
    {
        await using PageSite site = await PageSite.StartAsync(keepsAnswers: true);
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Count.");
        PageAnswer answer = await (await site.NextAnswerAsync()).SendTextAsync("One two");
        await tab.Answer.ShowsAsync("One two");
        await tab.Page.ReloadAsync(); // so that what has arrived is stored
        PageAnswer first = await (await site.NextAnswerAsync()).SendTextAsync("One two");
        IPage page = await tab.Page.RunAndWaitForPopupAsync(() => tab.Page.EvaluateAsync("() => { open('/'); }"));
        PageAnswer second = await site.NextAnswerAsync();

        Assert.Equal((answer.Id, answer.Id), (first.Id, second.Id));
        await (await second.SendTextAsync("One two three")).CompleteAsync();
        await page.Locator(".ending").ShowsAsync("Complete");
        await Assertions.Expect(page.Locator("article[data-role=assistant] .text")).ToHaveTextAsync("One two three");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync("One two");
        first.End();
    }
}
