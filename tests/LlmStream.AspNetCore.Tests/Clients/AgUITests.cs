using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>AG-UI's client.</summary>
public sealed class AgUITests(AgUITests.Package client) : ClientTests(client), IClassFixture<AgUITests.Package>
{
    protected override void AssertComplete(Seen seen, string text, ChatFinishReason finish)
    {
        Assert.Equal(("ready", null, text), (seen.Status, seen.Error, seen.Text));
        Assert.True(seen.IsFinished);
        Assert.Equal("success", seen.Outcome);
        Assert.Equal(finish == ChatFinishReason.ToolCalls ? seen.Calls.Select(call => call.Id) : [], seen.Pending);
        Assert.Equal(finish.Value, seen.Metadata!.Value.GetProperty("finishReason").GetString());
    }

    protected override void AssertFailed(Seen seen, string text, string code, string message)
    {
        Assert.Equal(("error", message, code, text), (seen.Status, seen.Error, seen.Code, seen.Text));
        Assert.False(seen.IsFinished);
    }

    protected override void AssertRefused(Seen seen, int status, string code, string message)
    {
        Assert.Equal(("threw", status, ""), (seen.Status, seen.ErrorStatus, seen.Text));
        Assert.Contains(message, seen.Error);
        Assert.Equal(0, seen.Answers);
    }

    protected override void AssertIncomplete(Seen seen, SeenCall call)
    {
        Assert.Equal("weather", call.Name);
        Assert.Empty(seen.Pending);
    }

    // At the end of a call, the client's user gets arguments that the client has completed.
    protected override void AssertHasNoEnd(Seen seen) => Assert.DoesNotContain("TOOL_CALL_END", seen.Responses[0].Body);

    // The client reports its own abort as an error of the run.
    protected override void AssertStopped(Seen seen) => Assert.Equal(("error", "abort", false), (seen.Status, seen.Code, seen.IsFinished));

    protected override void AssertUsage(Seen seen, UsageDetails usage)
    {
        JsonElement sent = Assert.Single(seen.Usage!.Value.EnumerateArray());
        Assert.Equal(usage.InputTokenCount, sent.GetProperty("inputTokens").GetInt64());
        Assert.Equal(usage.OutputTokenCount, sent.GetProperty("outputTokens").GetInt64());
    }

    protected override void AssertServerCall(Seen seen) =>
        Assert.Equal(("call_1", "Clear in Paris"), (seen.Calls.Single().Id, seen.Calls.Single().Output?.GetString()));

    public sealed class Package() : NodeClient("ag-ui.mjs", "@ag-ui/client");
}
