using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>The Vercel AI SDK, as <c>useChat</c> uses it.</summary>
public abstract class UseChatTests(NodeClient client) : ClientTests(client)
{
    protected override void AssertComplete(Seen seen, string text, ChatFinishReason finish)
    {
        Assert.Equal(("ready", null, text), (seen.Status, seen.Error, seen.Text));
        Assert.Equal(finish.Value.Replace('_', '-'), seen.Finish);
        Assert.Equal((false, false, false), (seen.IsError, seen.IsAbort, seen.IsDisconnect));
        Assert.Equal(1, seen.Answers);
        Assert.DoesNotContain(seen.Parts, part => part.EndsWith(":streaming", StringComparison.Ordinal));
    }

    protected override void AssertFailed(Seen seen, string text, string code, string message)
    {
        Assert.Equal(("error", message, text), (seen.Status, seen.Error, seen.Text));
        Assert.Equal((true, false, false), (seen.IsError, seen.IsAbort, seen.IsDisconnect));
        Assert.Null(seen.Finish);
        Assert.EndsWith("data: [DONE]\n\n", seen.Responses[^1].Body);
    }

    protected override void AssertRefused(Seen seen, int status, string code, string message)
    {
        Assert.Equal(("error", message, ""), (seen.Status, seen.Error, seen.Text));
        Assert.Equal(status, seen.Responses[0].Status);
        Assert.True(seen.IsError);
        Assert.Equal(0, seen.Answers);
    }

    protected override void AssertIncomplete(Seen seen, SeenCall call) => Assert.NotEqual("input-available", call.State);

    protected override void AssertHasNoEnd(Seen seen) => Assert.Equal("input-streaming", seen.Calls[0].State);

    protected override void AssertStopped(Seen seen)
    {
        Assert.Equal(("ready", null), (seen.Status, seen.Error));
        Assert.Equal((false, true, false), (seen.IsError, seen.IsAbort, seen.IsDisconnect));
    }

    protected override void AssertUsage(Seen seen, UsageDetails usage)
    {
        JsonElement sent = seen.Metadata!.Value.GetProperty("usage");
        Assert.Equal(usage.InputTokenCount, sent.GetProperty("inputTokens").GetInt64());
        Assert.Equal(usage.OutputTokenCount, sent.GetProperty("outputTokens").GetInt64());
    }

    protected override void AssertServerCall(Seen seen)
    {
        SeenCall call = Assert.Single(seen.Calls);
        Assert.Equal(("call_1", "weather", "output-available"), (call.Id, call.Name, call.State));
        Assert.Equal(("Paris", "Clear in Paris"), (call.Input?.GetProperty("city").GetString(), call.Output?.GetString()));
        Assert.Equal(2, seen.Parts.Count(part => part == "step-start"));
    }
}

public sealed class UseChat5Tests(UseChat5Tests.Package client) : UseChatTests(client), IClassFixture<UseChat5Tests.Package>
{
    public sealed class Package() : NodeClient("use-chat.mjs", "ai5");
}

public sealed class UseChat6Tests(UseChat6Tests.Package client) : UseChatTests(client), IClassFixture<UseChat6Tests.Package>
{
    public sealed class Package() : NodeClient("use-chat.mjs", "ai6");
}

public sealed class UseChat7Tests(UseChat7Tests.Package client) : UseChatTests(client), IClassFixture<UseChat7Tests.Package>
{
    public sealed class Package() : NodeClient("use-chat.mjs", "ai7");
}
