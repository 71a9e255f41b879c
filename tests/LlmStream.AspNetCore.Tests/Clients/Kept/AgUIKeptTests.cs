namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>
/// Kept streams in AG-UI's client. The protocol has no way to resume: the page requests the stream itself, and the client reads it.
/// </summary>
public sealed class AgUIKeptTests(AgUITests.Package client) : KeptTests(client), IClassFixture<AgUITests.Package>
{
    private protected override void AssertComplete(Seen seen, string text)
    {
        Assert.Equal(("ready", null, text, 1), (seen.Status, seen.Error, seen.Text, seen.Answers));
        Assert.Equal((true, "success"), (seen.IsFinished, seen.Outcome));
    }

    private protected override void AssertCanceled(Seen seen, string text) =>
        Assert.Equal(("ready", null, text, "cancelled"), (seen.Status, seen.Error, seen.Text, seen.Outcome));

    private protected override void AssertDisconnected(Seen seen, string text) =>
        Assert.Equal(("threw", "network error", text, false), (seen.Status, seen.Error, seen.Text, seen.IsFinished));

    // The client appends a replay to what it has: a page has to remove the answer before it resumes.
    private protected override void AssertReconnected(Seen seen) => AssertComplete(seen, Half + Text);
}
