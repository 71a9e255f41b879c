namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary><c>useChat</c> of the AI SDK, versions 5, 6 and 7, in a React page.</summary>
public abstract class UseChatTests(FrontEndFixture fixture, string page) : FrontEndTests(fixture)
{
    [Fact]
    public async Task A_complete_answer()
    {
        Session session = await SendAsync(page, Ending.Complete);

        await session.ShowsAsync("#finish", "stop");
        await session.ShowsAsync("#answer", Ending.Text);
        await session.ShowsAsync("#status", "ready");
        await session.ShowsAsync("#error", "");
        Assert.Empty(session.Tab.Errors);
    }

    [Fact]
    public async Task Reasoning()
    {
        Session session = await SendAsync(page, Ending.Reasoning);

        await session.ShowsAsync("#finish", "stop");
        await session.ShowsAsync("#reasoning", "Rayleigh scattering, 散射.");
        await session.ShowsAsync("#answer", Ending.Text);
    }

    [Fact]
    public async Task Tool_calls()
    {
        Session session = await SendAsync(page, Ending.ToolCalls);

        await session.ShowsAsync("#finish", "tool-calls");
        await session.ShowsAsync(
            "#calls", """get_weather {"city":"Köln"} input-available get_time {"zone":"CET"} input-available""");
        await session.ShowsAsync("#status", "ready");
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_in_the_answer_is_an_error_beside_what_has_arrived(string ending, string message)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await session.ShowsAsync("#error", message);
        await session.ShowsAsync("#status", "error");
        await session.ShowsAsync("#finish", "failed");
        await session.ShowsPartOfTheAnswerAsync("#answer");
    }

    [Theory]
    [InlineData(nameof(Ending.Length), "length")]
    [InlineData(nameof(Ending.ContentFilter), "content-filter")]
    public async Task A_finish_reason_is_reported(string ending, string finish)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await session.ShowsAsync("#finish", finish);
        await session.ShowsAsync("#status", "ready");
        await session.ShowsAsync("#answer", Ending.Text);
    }

    [Theory]
    [InlineData(nameof(Ending.RefusedKey), KeyRefused)]
    [InlineData(nameof(Ending.RateLimited), RateLimited)]
    public async Task A_failure_before_the_answer_is_an_error_with_its_reason(string ending, string message)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await session.ShowsAsync("#error", message);
        await session.ShowsAsync("#status", "error");
        await session.ShowsAsync("#answer", "");
    }

    [Fact]
    public async Task Stop_ends_the_request_to_the_provider()
    {
        Session session = await SendAsync(page, Ending.Endless);

        await session.ShowsAsync("#status", "streaming");
        await session.Page.Locator("#stop").ClickAsync();

        await session.ShowsAsync("#finish", "stopped");
        await session.ShowsAsync("#status", "ready");
        await session.ShowsAsync("#error", "");
        await session.ProviderWasLeftAsync();
    }

    [Fact]
    public async Task A_closed_page_ends_the_request_to_the_provider()
    {
        Session session = await SendAsync(page, Ending.Endless);

        await session.ShowsAsync("#status", "streaming");
        await session.Page.CloseAsync();

        await session.ProviderWasLeftAsync();
    }
}

public sealed class UseChat5Tests(FrontEndFixture fixture) : UseChatTests(fixture, "use-chat-5");

public sealed class UseChat6Tests(FrontEndFixture fixture) : UseChatTests(fixture, "use-chat-6");

public sealed class UseChat7Tests(FrontEndFixture fixture) : UseChatTests(fixture, "use-chat-7");
