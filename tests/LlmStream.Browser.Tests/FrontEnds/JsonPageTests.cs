using System.Text.RegularExpressions;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>Pages that read plain JSON events, with <c>EventSource</c> (<c>GET</c>) and with <c>fetch</c> (<c>POST</c>).</summary>
public class JsonPageTests(FrontEndFixture fixture) : FrontEndTests(fixture)
{
    private const string EventSource = "json-events";
    private const string Fetch = "json-fetch";

    public static TheoryData<string, string, string> FailuresOfPages =>
    [
        .. from row in Failures
           from page in Pages
           select new TheoryDataRow<string, string, string>(page, row.Data.Item1, row.Data.Item2),
    ];

    private static string[] Pages => [EventSource, Fetch];

    [Theory]
    [InlineData(EventSource)]
    [InlineData(Fetch)]
    public async Task A_complete_answer(string page)
    {
        Session session = await SendAsync(page, Ending.Complete);

        await session.ShowsAsync("#status", new Regex("^complete, [1-9][0-9]* tokens$"));
        await session.ShowsAsync("#answer", Ending.Text);
        await session.ShowsAsync("#finish", "");
        Assert.Single(session.ProviderRequests);
        Assert.Empty(session.Tab.Errors);
    }

    [Theory]
    [MemberData(nameof(FailuresOfPages))]
    public async Task A_failure_in_the_answer(string page, string ending, string message)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await session.ShowsAsync("#status", "failed: " + message);
        await session.ShowsPartOfTheAnswerAsync("#answer");
        Assert.Single(session.ProviderRequests);
    }

    [Theory]
    [InlineData(EventSource, nameof(Ending.Length), "length")]
    [InlineData(EventSource, nameof(Ending.ContentFilter), "content_filter")]
    [InlineData(Fetch, nameof(Ending.Length), "length")]
    [InlineData(Fetch, nameof(Ending.ContentFilter), "content_filter")]
    public async Task A_finish_reason_is_reported(string page, string ending, string finish)
    {
        Session session = await SendAsync(page, Ending.Get(ending));

        await session.ShowsAsync("#finish", finish);
        await session.ShowsAsync("#answer", Ending.Text);
    }

    [Theory]
    [InlineData(nameof(Ending.RefusedKey), "failed: 502 " + KeyRefused)]
    [InlineData(nameof(Ending.RateLimited), "failed: 429 " + RateLimited)]
    public async Task A_failure_before_the_answer_has_a_status_and_a_reason(string ending, string status)
    {
        Session session = await SendAsync(Fetch, Ending.Get(ending));

        await session.ShowsAsync("#status", status);
    }

    [Theory]
    [InlineData(nameof(Ending.RefusedKey), "failed: " + KeyRefused)]
    [InlineData(nameof(Ending.RateLimited), "failed: " + RateLimited)]
    public async Task EventSource_which_sees_no_status_gets_the_reason_as_an_event_and_does_not_ask_again(string ending, string status)
    {
        Session session = await SendAsync(EventSource, Ending.Get(ending));

        await session.ShowsAsync("#status", status);
        Assert.Single(session.ProviderRequests);
    }

    [Fact]
    public async Task EventSource_that_lost_its_connection_does_not_start_a_second_answer()
    {
        Session session = await SendAsync(EventSource, Ending.Stalled);
        await session.ShowsAsync("#answer", new Regex("^The sky"));

        session.Site.AbortLastRequest();

        // The browser connects again after some seconds, and is told to stop.
        await session.ShowsAsync("#status", "refused");
        await session.ShowsPartOfTheAnswerAsync("#answer");
        Assert.Single(session.ProviderRequests);
    }
}
