using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>TDesign's chat component for React: its built-in AG-UI, and a mapping of plain JSON events by the application.</summary>
public class TDesignTests(FrontEndFixture fixture) : FrontEndTests(fixture)
{
    private const string AgUI = "tdesign-ag-ui";
    private const string Json = "tdesign-json";

    private const string Answer = ".t-chat__item__role--assistant .t-chat__item__content";
    private const string Error = ".t-chat__item__role--assistant .t-chat__item-chat-error";
    private const string StopButton = "t-icon-stop-light-dom";
    private const string SendButton = "t-icon-send-filled-light-dom";

    /// <summary>What the component shows if a request fails that is not an event stream.</summary>
    private const string RequestFailed = "请求出错";

    [Theory]
    [InlineData(AgUI)]
    [InlineData(Json)]
    public async Task A_complete_answer(string page)
    {
        Session session = await SendAsync(page, Ending.Complete);

        await StatusIsAsync(session, "complete");
        await session.ShowsAsync(Answer, Ending.Text);
        await Assertions.Expect(session.Page.Locator(SendButton)).ToBeVisibleAsync();
        Assert.Empty(session.Tab.Errors);
    }

    [Theory]
    [InlineData(AgUI, nameof(Ending.Complete), "stop")]
    [InlineData(AgUI, nameof(Ending.Length), "length")]
    [InlineData(AgUI, nameof(Ending.ContentFilter), "content_filter")]
    [InlineData(Json, nameof(Ending.Length), "length")]
    [InlineData(Json, nameof(Ending.ContentFilter), "content_filter")]
    public async Task A_finish_reason_reaches_the_application(string page, string ending, string finish)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await session.ShowsAsync("#finish", finish);
        await session.ShowsAsync(Answer, Ending.Text);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_in_the_answer_is_an_error_in_its_place(string ending, string message)
    {
        Session session = await SendAsync(AgUI, Ending.Get(ending));

        await StatusIsAsync(session, "error");
        await session.ShowsAsync(Error, message);
        await Assertions.Expect(session.Page.Locator(SendButton)).ToBeVisibleAsync();
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_in_the_answer_is_mapped_by_the_application(string ending, string message)
    {
        Session session = await SendAsync(Json, Ending.Get(ending));

        await session.ShowsAsync(Answer, new Regex($"^The sky.*{Regex.Escape(message)}$"));
        await Assertions.Expect(session.Page.Locator(SendButton)).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(AgUI, nameof(Ending.RefusedKey))]
    [InlineData(AgUI, nameof(Ending.RateLimited))]
    [InlineData(Json, nameof(Ending.RefusedKey))]
    public async Task A_failure_before_the_answer_is_an_error(string page, string ending)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await StatusIsAsync(session, "error");
        await session.ShowsAsync(Error, RequestFailed);
    }

    [Theory]
    [InlineData(AgUI)]
    [InlineData(Json)]
    public async Task Stop_ends_the_request_to_the_provider(string page)
    {
        Session session = await SendAsync(page, Ending.Endless);

        await session.ShowsAsync(Answer, new Regex("^And so on"));
        await session.Page.Locator(StopButton).ClickAsync();

        await StatusIsAsync(session, "stop");
        await session.ProviderWasLeftAsync();
    }

    private static Task StatusIsAsync(Session session, string status) => session.Page.WaitForFunctionAsync(
        "status => document.querySelector('t-chatbot').chatMessageValue.at(-1).status === status", status);
}
