namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>
/// The front ends of tutorials, with OpenAI's chunks: they read without a buffer, and some ignore the status and the end marker. None of
/// them shows a failure as a complete answer if it shows a complete one as complete.
/// </summary>
public class TutorialPageTests(FrontEndFixture fixture) : FrontEndTests(fixture)
{
    private const string FetchSse = "fetch-sse";
    private const string StreamHook = "stream-hook";
    private const string FetchLoop = "fetch-loop";
    private const string EventSource = "event-source";

    [Theory]
    [InlineData(FetchSse, "complete")]
    [InlineData(StreamHook, "ended")]
    [InlineData(EventSource, "complete")]
    public async Task A_complete_answer(string page, string status)
    {
        Session session = await SendAsync(page, Ending.Complete);

        await session.ShowsAsync("#status", status);
        await session.ShowsAsync("#answer", Ending.Text);
        Assert.Empty(session.Tab.Errors);
    }

    [Fact]
    public async Task A_loop_that_does_not_know_the_end_marker_throws_there_with_the_whole_answer()
    {
        Session session = await SendAsync(FetchLoop, Ending.Complete);

        Assert.Contains("[DONE]", await session.Tab.WaitForErrorAsync(), StringComparison.Ordinal);
        await session.ShowsAsync("#answer", Ending.Text);
        await session.ShowsAsync("#finish", "stop");
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_in_the_answer_ends_fetchSSE_with_a_failure(string ending, string _)
    {
        Session session = await SendAsync(FetchSse, Ending.Get(ending));

        await session.ShowsAsync("#status", "failed");
        await session.ShowsPartOfTheAnswerAsync("#answer");
    }

    [Theory]
    [InlineData(StreamHook)]
    [InlineData(FetchLoop)]
    public async Task A_failure_in_the_answer_throws_where_errors_are_not_handled(string page)
    {
        Session session = await SendAsync(page, Ending.Truncated);

        Assert.Contains("Cannot read properties of undefined", await session.Tab.WaitForErrorAsync(), StringComparison.Ordinal);
        await session.ShowsAsync("#status", "streaming");
        await session.ShowsPartOfTheAnswerAsync("#answer");
    }

    [Fact]
    public async Task A_failure_in_the_answer_is_a_failure_for_EventSource()
    {
        Session session = await SendAsync(EventSource, Ending.Truncated);

        await session.ShowsAsync("#status", "failed");
        await session.ShowsPartOfTheAnswerAsync("#answer");
    }

    [Fact]
    public async Task A_finish_reason_is_in_the_last_chunk()
    {
        Session session = await SendAsync(FetchSse, Ending.Length);

        await session.ShowsAsync("#finish", "length");
        await session.ShowsAsync("#status", "complete");
        await session.ShowsAsync("#answer", Ending.Text);
    }

    [Fact]
    public async Task An_answer_that_reached_the_limit_is_not_complete_for_EventSource()
    {
        Session session = await SendAsync(EventSource, Ending.Length);

        await session.ShowsAsync("#status", "failed");
        await session.ShowsAsync("#answer", Ending.Text);
    }

    [Theory]
    [InlineData(nameof(Ending.RefusedKey), "failed: Bad Gateway")]
    [InlineData(nameof(Ending.RateLimited), "failed: Too Many Requests")]
    public async Task A_failure_before_the_answer_is_its_status_for_fetchSSE(string ending, string status)
    {
        Session session = await SendAsync(FetchSse, Ending.Get(ending));

        await session.ShowsAsync("#status", status);
        await session.ShowsAsync("#answer", "");
    }

    [Fact]
    public async Task A_failure_before_the_answer_is_a_failure_for_EventSource()
    {
        Session session = await SendAsync(EventSource, Ending.RefusedKey);

        await session.ShowsAsync("#status", "failed");
        Assert.Single(session.ProviderRequests);
    }

    [Theory]
    [InlineData(StreamHook)]
    [InlineData(FetchLoop)]
    public async Task A_failure_before_the_answer_is_no_answer_where_the_status_is_ignored(string page)
    {
        Session session = await SendAsync(page, Ending.RefusedKey);

        await session.ShowsAsync("#status", "ended");
        await session.ShowsAsync("#answer", "");
    }
}
