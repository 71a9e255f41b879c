using System.Text.RegularExpressions;
using LlmStream.Browser.Tests.Browsing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>A chat with <c>llmstream web</c>, the whole way from the scripted provider to the screen.</summary>
public class ConversationTests(Chromium chromium)
{
    private const string Text = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen.";

    [Fact]
    public async Task A_complete_answer()
    {
        (WebTool tool, Uri address) = await WebTool.StartAsync("--rate", "1000");
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.SendMessageAsync("Why is the sky blue?");

        await tab.Ending.ShowsAsync("Complete");
        await tab.Ending.ShowsAsync("tokens");
        await Assertions.Expect(tab.Page.Locator("article[data-role=user]")).ToHaveTextAsync("Why is the sky blue?");
        await Assertions.Expect(tab.Answer.Locator(".text").GetByRole(AriaRole.Heading).First).ToHaveTextAsync("A scripted answer");
        await Assertions.Expect(tab.Answer.GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        await tab.Answer.Locator("pre code").ShowsAsync("await foreach (ChatDelta delta in");
        await tab.Alert.IsNotShownAsync();
        await tab.StopButton.IsNotShownAsync();
        Assert.Empty(tab.Errors);
        Assert.All(tab.Requests, url => Assert.StartsWith(address.AbsoluteUri, url, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("eof@#6", "The answer was cut off. Try again.")]
    [InlineData("eof@900", "The answer was cut off. Try again.")]
    [InlineData("reset@#6", "The connection to the AI service failed. Try again.")]
    [InlineData("error@#6", "The AI service reported an error.")]
    public async Task A_failure_in_the_answer_is_shown_below_what_has_arrived_and_can_be_tried_again(string fault, string message)
    {
        (WebTool tool, Uri address) = await WebTool.StartAsync("--text", Text, "--rate", "1000", "--fault", fault, "--no-resume");
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.SendMessageAsync("Count.");

        await tab.Alert.ShowsAsync(message);
        await tab.Answer.ShowsAsync("One two");
        await Assertions.Expect(tab.Answer).Not.ToContainTextAsync("fifteen");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The answer failed.");
        await Assertions.Expect(tab.Page.GetByText("Complete", new() { Exact = true })).ToHaveCountAsync(0);

        await tab.Answer.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await tab.Ending.ShowsAsync("Complete");
        await tab.Answer.ShowsAsync(Text);
        await tab.Alert.IsNotShownAsync();
        Assert.Equal(1, await tab.Page.Locator("article[data-role=assistant]").CountAsync());
    }

    [Theory]
    [InlineData("eof@#6")]
    [InlineData("reset@#6")]
    public async Task A_resumed_answer_is_complete_and_shows_where_it_was_interrupted(string fault)
    {
        (WebTool tool, Uri address) = await WebTool.StartAsync("--text", Text, "--rate", "1000", "--fault", fault);
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.SendMessageAsync("Count.");

        await tab.Ending.ShowsAsync("Complete");
        await tab.Ending.ShowsAsync("interrupted once and resumed");
        ILocator seam = tab.Answer.Locator(".seam");
        await Assertions.Expect(seam).ToHaveCountAsync(1);
        await Assertions.Expect(seam).ToHaveAttributeAsync("aria-label", new Regex("^Resumed: "));
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync(Text);
        await tab.Alert.IsNotShownAsync();
    }

    [Fact]
    public async Task Stop_ends_the_answer_and_the_chat_goes_on()
    {
        (WebTool tool, Uri address) = await WebTool.StartAsync("--text", Text, "--rate", "1000", "--fault", "stall@#6");
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.SendMessageAsync("Count.");
        await tab.Answer.ShowsAsync("One");
        await tab.StopButton.ClickAsync();

        await tab.Ending.ShowsAsync("Stopped");
        await tab.Alert.IsNotShownAsync();
        await tab.SendButton.IsShownAsync();
        await Assertions.Expect(tab.Answer).Not.ToContainTextAsync("fifteen");
        await tab.Page.ReloadAsync();
        await Assertions.Expect(tab.Ending).ToHaveTextAsync(new Regex("^Stopped"));
        await tab.Answer.ShowsAsync("One");
        await tab.SendMessageAsync("Go on.");
        await Assertions.Expect(tab.Page.Locator("article")).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task A_page_that_is_reloaded_in_the_answer_shows_all_of_it()
    {
        // The answer stands still for longer than a reload takes.
        (WebTool tool, Uri address) = await WebTool.StartAsync("--text", Text, "--rate", "10", "--fault", "stall@#4=10");
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.SendMessageAsync("Count.");
        await tab.Answer.ShowsAsync("One");
        await tab.Page.ReloadAsync();

        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Answering…");
        await tab.Ending.ShowsAsync("Complete");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync(Text);
        await Assertions.Expect(tab.Page.Locator("article")).ToHaveCountAsync(2);
        await tab.Alert.IsNotShownAsync();
        await tab.Page.ReloadAsync();
        await tab.Ending.ShowsAsync("Complete");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync(Text);
    }

    [Fact]
    public async Task A_page_that_is_reloaded_before_the_answer_begins_shows_it()
    {
        (WebTool tool, Uri address) = await WebTool.StartAsync("--text", Text, "--rate", "1000", "--fault", "stall@#0=8");
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.Page.RunAndWaitForRequestAsync(() => tab.SendMessageAsync("Count."), "**/api/chat");
        await tab.Page.WaitForTimeoutAsync(1_000); // the server has to have the request
        await tab.Page.ReloadAsync();

        await tab.Ending.ShowsAsync("Complete");
        await Assertions.Expect(tab.Answer.Locator(".text")).ToHaveTextAsync(Text);
    }

    [Fact]
    public async Task Stop_before_the_answer_begins()
    {
        (WebTool tool, Uri address) = await WebTool.StartAsync("--text", Text, "--fault", "stall@#0");
        await using WebTool _ = tool;
        await using Tab tab = await chromium.OpenAsync(address);
        await tab.SendMessageAsync("Count.");
        await tab.StopButton.ClickAsync();

        await Assertions.Expect(tab.Ending).ToHaveTextAsync("Stopped");
        await tab.Alert.IsNotShownAsync();
        await tab.SendButton.IsShownAsync();
    }
}
