using LlmStream.Browser.Tests.Browsing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>How the page of <c>llmstream web</c> shows the end of an answer, whatever the server does.</summary>
public class EndingTests(Chromium chromium)
{
    [Theory]
    [InlineData("stop", "Complete")]
    [InlineData("length", "Incomplete: the length limit was reached")]
    [InlineData("content-filter", "Incomplete: stopped by the content filter")]
    [InlineData("tool-calls", "The model called a tool")]
    public async Task A_finish_reason(string reason, string ending)
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Why?");
        PageAnswer answer = await site.NextAnswerAsync();
        await (await answer.SendTextAsync("Because")).SendAsync($$"""{"type":"finish","finishReason":"{{reason}}"}""", "[DONE]");
        answer.End();

        await tab.Ending.ShowsAsync(ending);
        await tab.Alert.IsNotShownAsync();
    }

    [Fact]
    public async Task A_body_that_just_ends_is_not_a_complete_answer()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Why?");
        (await (await site.NextAnswerAsync()).SendTextAsync("Because")).End();

        await tab.Ending.ShowsAsync("Cut off");
        await tab.Alert.ShowsAsync("The connection ended before the answer was complete.");
        await tab.Answer.ShowsAsync("Because");
    }

    [Fact]
    public async Task A_lost_connection_is_an_error()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Why?");
        PageAnswer answer = await (await site.NextAnswerAsync()).SendTextAsync("Because");
        await tab.Answer.ShowsAsync("Because");
        answer.Abort();

        await tab.Alert.ShowsAsync("The connection to the server was lost.");
        await tab.Answer.ShowsAsync("Because");
    }

    [Theory]
    [InlineData(429, "text/plain", "There are too many requests. Try again in 7 seconds.", "Try again in 7 seconds.")]
    [InlineData(502, "application/problem+json", """{"title":"Bad Gateway","detail":"The key was refused."}""", "The key was refused.")]
    [InlineData(500, "text/html", "<html><b>oops</b>", "The server answered with status 500.")]
    [InlineData(200, "text/html", "<html><b>a login page</b>", "The server did not send an event stream")]
    public async Task A_refused_request_is_an_error_with_its_reason(int status, string contentType, string body, string message)
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("Why?");
        await (await site.NextAnswerAsync()).RefuseAsync(status, contentType, body);

        await tab.Alert.ShowsAsync(message);
        await Assertions.Expect(tab.Answer.Locator("b")).ToHaveCountAsync(0);
        await tab.Answer.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await (await (await site.NextAnswerAsync()).SendTextAsync("Because")).CompleteAsync();
        await tab.Ending.ShowsAsync("Complete");
    }

    [Fact]
    public async Task The_next_request_contains_the_conversation()
    {
        await using PageSite site = await PageSite.StartAsync();
        await using Tab tab = await chromium.OpenAsync(site.Address);
        await tab.SendMessageAsync("First question");
        await (await (await site.NextAnswerAsync()).SendTextAsync("First answer")).CompleteAsync();
        await tab.Ending.ShowsAsync("Complete");
        await tab.Page.ReloadAsync();
        await tab.Answer.ShowsAsync("First answer");
        await tab.SendMessageAsync("Second question");
        PageAnswer answer = await site.NextAnswerAsync();

        Assert.Matches("First question.*First answer.*Second question", answer.Request);
        await (await answer.SendTextAsync("Second answer")).CompleteAsync();
        await tab.Ending.ShowsAsync("Complete");

        await tab.Page.Locator("#new-chat").ClickAsync();
        await Assertions.Expect(tab.Page.Locator("article")).ToHaveCountAsync(0);
        await tab.SendMessageAsync("Third question");
        Assert.DoesNotContain("First", (await site.NextAnswerAsync()).Request, StringComparison.Ordinal);
    }
}
