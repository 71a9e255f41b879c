using System.Text.Json.Nodes;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>Kept streams in the Vercel AI SDK, as <c>useChat</c> uses it.</summary>
public abstract class UseChatKeptTests(NodeClient client) : KeptTests(client)
{
    [Fact]
    public async Task Reload_with_the_beginning_of_the_answer_in_the_history()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text), Holding(out TaskCompletionSource gate));
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);
        await page.LeaveAsync();
        await first;

        ClientPage reloaded = await page.OpenAgainAsync("all");
        Task<Seen> resumed = reloaded.ResumeAsync();
        gate.SetResult();

        AssertComplete(await resumed, Text);
    }

    [Fact]
    public async Task Nothing_to_resume()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text));
        ClientPage page = await OpenAsync(cluster.First);

        Seen seen = await page.ResumeAsync();

        Assert.Equal(("ready", null, 0, 204), (seen.Status, seen.Error, seen.Answers, seen.Responses[0].Status));
        Assert.Empty(cluster.Provider.Requests);
    }

    [Fact]
    public async Task Answer_that_failed_fails_again_after_a_reload()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text).FailAtEvent(6, ErrorFrame.Data("secret")));
        ClientPage page = await OpenAsync(cluster.First);
        AssertFailed(await page.SendAsync("hi"));

        ClientPage reloaded = await page.OpenAgainAsync();

        AssertFailed(await reloaded.ResumeAsync());
        Assert.Single(cluster.Provider.Requests);

        static void AssertFailed(Seen seen) =>
            Assert.Equal(("error", "The AI service reported an error.", Half), (seen.Status, seen.Error, seen.Text));
    }

    [Fact]
    public async Task Regenerate_begins_anew_and_is_what_a_reload_shows()
    {
        await using Cluster cluster = await StartAsync(Script.Answer("First.").Then(Script.Answer(Text)));
        ClientPage page = await OpenAsync(cluster.First);
        AssertComplete(await page.SendAsync("hi"), "First.");

        AssertComplete(await page.RegenerateAsync(), Text);

        ClientPage reloaded = await page.OpenAgainAsync();
        AssertComplete(await reloaded.ResumeAsync(), Text);
        Assert.Equal(2, cluster.Provider.Requests.Count);
    }

    [Fact]
    public async Task Next_turn_is_what_a_reload_resumes()
    {
        await using Cluster cluster = await StartAsync(Script.Answer("First.").Then(Script.Answer(Text)), Holding(out TaskCompletionSource gate));
        ClientPage page = await OpenAsync(cluster.First);
        AssertComplete(await page.SendAsync("hi"), "First.");
        Task<Seen> second = page.SendAsync("And?");
        await page.ShowsAsync("First." + Half);

        // The application stored the first turn.
        ClientPage reloaded = await page.OpenAgainAsync(url: cluster.Second.Chat);
        Task<Seen> resumed = reloaded.ResumeAsync();
        await reloaded.ShowsAsync(Half);
        gate.SetResult();

        AssertComplete(await resumed, Text);
        Seen seen = await second;
        Assert.Equal(("ready", 2, "First." + Text), (seen.Status, seen.Answers, seen.Text));
        JsonArray messages = cluster.Provider.Requests[1].Json!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "user"], messages.Select(message => (string?)message!["role"]));
    }

    [Fact]
    public async Task Message_of_another_tab_stops_the_answer()
    {
        await using Cluster cluster = await StartAsync(Script.Answer(Text).StallAtEvent(6).Then(Script.Answer("Second.")));
        ClientPage page = await OpenAsync(cluster.First);
        Task<Seen> first = page.SendAsync("hi");
        await page.ShowsAsync(Half);

        ClientPage tab = await page.OpenAgainAsync(history: null, url: cluster.Second.Chat);
        AssertComplete(await tab.SendAsync("No: something else."), "Second.");

        AssertCanceled(await first, Half);
        await cluster.Provider.Requests[0].ClientLeft.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Results_of_tools_continue_the_same_message()
    {
        await using Cluster cluster = await StartAsync(
            Script.Answer("Let me look. ").WithToolCall("weather", "{\"city\":\"Paris\"}").Then(Script.Answer(Text)),
            Holding(out TaskCompletionSource gate));
        ClientPage page = await OpenAsync(cluster.First);
        string? id = (await page.SendAsync("hi")).MessageId;
        Task<Seen> answer = page.OutputAsync(new { sky = "clear" });
        await page.ShowsAsync(Half);

        ClientPage reloaded = await page.OpenAgainAsync("all", cluster.Second.Chat);
        Task<Seen> resumed = reloaded.ResumeAsync();
        gate.SetResult();

        foreach (Seen seen in new[] { await answer, await resumed })
        {
            Assert.Equal(("ready", null, id, 1), (seen.Status, seen.Error, seen.MessageId, seen.Answers));
            Assert.Equal("Let me look. " + Text, seen.Text);
            AssertParts(seen);
        }

        // The next turn of the reloaded page has the whole message.
        await reloaded.SendAsync("And?");
        JsonArray messages = cluster.Provider.Requests[2].Json!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool", "assistant", "user"], messages.Select(message => (string?)message!["role"]));
        Assert.Equal("{\"sky\":\"clear\"}", (string?)messages[2]!["content"]);
        Assert.Equal(Text, (string?)messages[3]!["content"]);

        Assert.Equal(3, cluster.Provider.Requests.Count);

        static void AssertParts(Seen seen)
        {
            Assert.Equal(["step-start", "text:done", "tool-weather", "step-start", "text:done"], seen.Parts);
            SeenCall call = Assert.Single(seen.Calls);
            Assert.Equal(("output-available", "Paris"), (call.State, call.Input!.Value.GetProperty("city").GetString()));
            Assert.Equal("clear", call.Output!.Value.GetProperty("sky").GetString());
        }
    }

    [Fact]
    public async Task What_the_client_sent_is_not_stored_without_encryption()
    {
        await using Cluster cluster = await StartAsync(
            Script.Answer("Let me look. ").WithToolCall("weather", "{\"city\":\"Paris\"}").Then(Script.Answer(Text)),
            new() { StoresRequests = false });
        ClientPage page = await OpenAsync(cluster.First);
        await page.SendAsync("hi");
        await page.OutputAsync(new { sky = "clear" });

        ClientPage reloaded = await page.OpenAgainAsync("all");
        Seen seen = await reloaded.ResumeAsync();

        Assert.Equal(("ready", Text), (seen.Status, seen.Text));
        Assert.DoesNotContain("sky", Assert.Single(seen.Responses).Body);
    }

    private protected override void AssertComplete(Seen seen, string text)
    {
        Assert.Equal(("ready", null, text, 1), (seen.Status, seen.Error, seen.Text, seen.Answers));
        Assert.Equal(("stop", false, false, false), (seen.Finish, seen.IsError, seen.IsAbort, seen.IsDisconnect));
    }

    // The client shows a canceled answer like a complete one, but without a finish reason.
    private protected override void AssertCanceled(Seen seen, string text) =>
        Assert.Equal(("ready", null, text, null), (seen.Status, seen.Error, seen.Text, seen.Finish));

    private protected override void AssertDisconnected(Seen seen, string text) =>
        Assert.Equal(("error", text, true, true), (seen.Status, seen.Text, seen.IsError, seen.IsDisconnect));
}

public sealed class UseChat5KeptTests(UseChat5Tests.Package client) : UseChatKeptTests(client), IClassFixture<UseChat5Tests.Package>
{
    // Version 5 appends the replay to the message that broke off.
    private protected override void AssertReconnected(Seen seen) => Assert.Equal(("ready", Half + Text), (seen.Status, seen.Text));
}

public sealed class UseChat6KeptTests(UseChat6Tests.Package client) : UseChatKeptTests(client), IClassFixture<UseChat6Tests.Package>;

public sealed class UseChat7KeptTests(UseChat7Tests.Package client) : UseChatKeptTests(client), IClassFixture<UseChat7Tests.Package>;
