using System.Text.Json;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>
/// What the suite for front ends says of real clients. They are known to fail some cases, which is why a relay must not end answers so.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="fixture">The server of the suite.</param>
/// <param name="wire">The wire that the client reads.</param>
public abstract class SuiteTests(NodeClient client, SuiteTests.Fixture fixture, string wire)
{
    /// <summary>The endings that the client is known to fail, and what the suite says of them.</summary>
    protected abstract IReadOnlyDictionary<string, string> KnownFailures { get; }

    [Fact]
    public async Task Every_case_passes_or_is_known_to_fail()
    {
        client.SkipIfMissing();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (ChatFrontEndCase @case in ChatFrontEndSuite.Cases.Where(@case => @case.Wire == wire))
        {
            fixture.Server.TakeRequests(@case);
            Seen seen = await client.Start(fixture.Server.GetAddress(@case), new() { Way = WayOf(@case) }).Seen;
            Assert.Null(seen.Failure);
            IReadOnlyList<string> violations = @case.FindViolations(Observe(seen), fixture.Server.TakeRequests(@case));
            if (violations.Count > 0) found.Add(@case.Ending, string.Join(' ', violations));
        }

        Assert.Equal(KnownFailures.Keys.Order(StringComparer.Ordinal), found.Keys);
        Assert.All(found, failure => Assert.StartsWith(KnownFailures[failure.Key], failure.Value, StringComparison.Ordinal));
    }

    /// <summary>What the user of the client sees, if the application shows what the client reports.</summary>
    protected abstract ChatFrontEndObservation Observe(Seen seen);

    private protected static ChatFrontEndToolCall CallOf(SeenCall call, bool isComplete) =>
        new(call.Name, call.Input is { ValueKind: not JsonValueKind.Null } input ? input.GetRawText() : "", isComplete);

    private static string? WayOf(ChatFrontEndCase @case) =>
        @case.Action is null ? null : @case.Ending.StartsWith("reconnect", StringComparison.Ordinal) ? "reconnect" : @case.Ending;

    public sealed class Fixture : IAsyncLifetime
    {
        public ChatFrontEndServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await ChatFrontEndServer.StartAsync(new ChatFrontEndServerOptions
        {
            Interval = TimeSpan.FromMilliseconds(2),
            Silence = TimeSpan.FromMilliseconds(5),
            SlowStart = TimeSpan.FromMilliseconds(20),
        });

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}

public abstract class UseChatSuiteTests(NodeClient client, SuiteTests.Fixture fixture) : SuiteTests(client, fixture, "ui-messages")
{
    private const string TakesAnyEnd = "The status is Done, not Failed or Unknown.";

    protected override IReadOnlyDictionary<string, string> KnownFailures { get; } = new Dictionary<string, string>
    {
        ["cut"] = TakesAnyEnd,
        ["cut-in-event"] = TakesAnyEnd,
        ["tool-call-cut"] = TakesAnyEnd,
        ["canceled"] = "The status is Done, not Canceled.",
        ["stop"] = "The status is Done, not Canceled.",
        ["reconnect-to-nothing"] = TakesAnyEnd,
    };

    protected override ChatFrontEndObservation Observe(Seen seen) => new()
    {
        Status = seen.Status switch
        {
            "error" => ChatFrontEndStatus.Failed,
            _ when seen.IsAbort == true => ChatFrontEndStatus.Canceled,
            _ when seen.Answers == 0 => ChatFrontEndStatus.Unknown,
            _ => ChatFrontEndStatus.Done,
        },
        Text = seen.Text,
        Reasoning = seen.Reasoning,
        ToolCalls = [.. seen.Calls.Select(call => CallOf(call, call.State == "input-available"))],
        FinishReason = seen.Finish,
        Error = seen.Error,
        AnswerCount = seen.Answers,
    };
}

public sealed class UseChat5SuiteTests(UseChat5Tests.Package client, SuiteTests.Fixture fixture)
    : UseChatSuiteTests(client, fixture), IClassFixture<UseChat5Tests.Package>, IClassFixture<SuiteTests.Fixture>
{
    private const string TextTwice = "The text appears twice";

    // Version 5 appends the replay to the message that broke off, if the page was not reloaded.
    protected override IReadOnlyDictionary<string, string> KnownFailures => new Dictionary<string, string>(base.KnownFailures)
    {
        ["reconnect"] = TextTwice,
        ["reconnect-to-failure"] = TextTwice,
    };
}

public sealed class UseChat6SuiteTests(UseChat6Tests.Package client, SuiteTests.Fixture fixture)
    : UseChatSuiteTests(client, fixture), IClassFixture<UseChat6Tests.Package>, IClassFixture<SuiteTests.Fixture>;

public sealed class UseChat7SuiteTests(UseChat7Tests.Package client, SuiteTests.Fixture fixture)
    : UseChatSuiteTests(client, fixture), IClassFixture<UseChat7Tests.Package>, IClassFixture<SuiteTests.Fixture>;

public sealed class AgUISuiteTests(AgUITests.Package client, SuiteTests.Fixture fixture)
    : SuiteTests(client, fixture, "ag-ui"), IClassFixture<AgUITests.Package>, IClassFixture<SuiteTests.Fixture>
{
    protected override IReadOnlyDictionary<string, string> KnownFailures { get; } = new Dictionary<string, string>
    {
        ["cut"] = "The status is Done, not Failed or Unknown.",
        ["tool-call-cut"] = "The status is Done, not Failed or Unknown.",
    };

    protected override ChatFrontEndObservation Observe(Seen seen) => new()
    {
        Status = seen.Status != "ready" ? ChatFrontEndStatus.Failed
            : seen.Outcome == "cancelled" ? ChatFrontEndStatus.Canceled
            : ChatFrontEndStatus.Done,
        Text = seen.Text,
        Reasoning = seen.Reasoning,
        ToolCalls = [.. seen.Calls.Select(call => CallOf(call, seen.Pending.Contains(call.Id)))],
        Error = seen.Error,
        AnswerCount = seen.Answers,
    };
}

public sealed class OpenAISuiteTests(OpenAITests.Package client, SuiteTests.Fixture fixture)
    : SuiteTests(client, fixture, "openai"), IClassFixture<OpenAITests.Package>, IClassFixture<SuiteTests.Fixture>
{
    protected override IReadOnlyDictionary<string, string> KnownFailures { get; } = new Dictionary<string, string>
    {
        ["cut"] = "The status is Done, not Failed or Unknown.",
        ["tool-call-cut"] = "The status is Done, not Failed or Unknown.",
    };

    // An application that only loops over the stream.
    protected override ChatFrontEndObservation Observe(Seen seen) => new()
    {
        Status = seen.Status == "ready" ? ChatFrontEndStatus.Done
            : seen.Code == "cancelled" ? ChatFrontEndStatus.Canceled
            : ChatFrontEndStatus.Failed,
        Text = seen.Text,
        Reasoning = seen.Reasoning,
        ToolCalls = [.. seen.Calls.Select(call => CallOf(call, seen is { Status: "ready", Finish: "tool_calls" }))],
        FinishReason = seen.Finish,
        Error = seen.Error,
    };
}
