using System.Text.Json;

namespace LlmStream.Testing.Tests.FrontEnds;

/// <summary>The suite accepts a front end that tells the truth, and no other.</summary>
public sealed class ChatFrontEndSuiteTests(ChatFrontEndSuiteTests.Fixture fixture) : IClassFixture<ChatFrontEndSuiteTests.Fixture>
{
    // Cases in which a front end that takes every end of a body for the end of the answer is wrong.
    private static readonly string[] BrokenEndings = ["cut", "cut-in-event", "tool-call-cut"];

    public static TheoryData<string> Names => [.. ChatFrontEndSuite.Cases.Select(@case => @case.Name)];

    public static TheoryData<string> Wires => [.. ChatFrontEndSuite.Cases.Select(@case => @case.Wire).Distinct()];

    private ChatFrontEndServer Server => fixture.Server;

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task Front_end_that_takes_every_end_for_success_fails(string wire)
    {
        var failing = new List<string>();
        foreach (ChatFrontEndCase @case in ChatFrontEndSuite.Cases.Where(@case => @case.Wire == wire))
        {
            if (@case.FindViolations(await RunAsync(@case, isNaive: true)).Count > 0) failing.Add(@case.Ending);
        }

        IEnumerable<string> expected = wire == "json" ? BrokenEndings.Where(ending => ending != "tool-call-cut") : BrokenEndings;
        Assert.Equal(expected, failing.Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Front_end_that_tells_the_truth_passes_and_each_lie_is_a_violation(string name)
    {
        ChatFrontEndCase @case = Get(name);
        ChatFrontEndObservation seen = await RunAsync(@case);
        @case.Check(seen, Server.TakeRequests(@case));
        var lies = new List<ChatFrontEndObservation>
        {
            seen with { Status = seen.Status == ChatFrontEndStatus.Done ? ChatFrontEndStatus.Failed : ChatFrontEndStatus.Done },
            seen with { Text = "x" + seen.Text },
            seen with { Reasoning = seen.Reasoning + "x" },
            seen with { AnswerCount = 2 },
            seen with { ToolCalls = [.. seen.ToolCalls!, new ChatFrontEndToolCall("weather", "{}", IsComplete: true)] },
        };
        if (@case.Ending != "stop") lies.Add(seen with { Text = seen.Text + seen.Text + "x" });

        Assert.All(lies, lie => Assert.Single(@case.FindViolations(lie)));
    }

    [Fact]
    public void Message_of_a_violation()
    {
        ChatFrontEndCase @case = Get("ui-messages/cut");

        var violation = Assert.Throws<ChatFrontEndViolationException>(
            () => @case.Check(new ChatFrontEndObservation { Status = ChatFrontEndStatus.Done, Text = "The sky is " }));

        Assert.Equal(
            $"ui-messages/cut: {@case.Description} The user must see: {@case.MustSee} But:\n"
            + "- The status is Done, not Failed or Unknown.\n"
            + "- Of the text only the first 11 of 26 characters are there.",
            violation.Message.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("openai/length", null, "The finish reason is not shown: the user cannot tell that the answer ended because of 'length'.")]
    [InlineData("openai/length", "stop", "The finish reason is stop: the user cannot tell that the answer ended because of 'length'.")]
    public async Task Finish_reason_that_is_not_seen_is_a_violation(string name, string? reason, string message)
    {
        ChatFrontEndObservation seen = await RunAsync(Get(name));

        Assert.Equal([message], Get(name).FindViolations(seen with { FinishReason = reason }));
    }

    [Fact]
    public async Task Error_that_is_not_shown_is_a_violation()
    {
        ChatFrontEndCase @case = Get("json/error");
        ChatFrontEndObservation seen = await RunAsync(@case);

        Assert.Equal(
            ["No error is shown; the server sent \"The answer was cut off. Try again.\"."],
            @case.FindViolations(seen with { Error = null }));
        Assert.Equal(
            ["The error is \"Oops\", and does not contain \"The answer was cut off. Try again.\"."],
            @case.FindViolations(seen with { Error = "Oops" }));
    }

    [Fact]
    public async Task Text_that_is_there_twice_is_a_violation()
    {
        ChatFrontEndCase @case = Get("ui-messages/reload");
        ChatFrontEndObservation seen = await RunAsync(@case);

        string violation = Assert.Single(@case.FindViolations(seen with { Text = seen.Text + seen.Text }));
        Assert.StartsWith("The text appears twice: \"The sky is", violation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_answer_is_a_violation()
    {
        ChatFrontEndCase @case = Get("openai/reconnect");
        ChatFrontEndObservation seen = await RunAsync(@case);
        IReadOnlyList<ChatFrontEndRequest> requests = Server.TakeRequests(@case);

        Assert.Equal(
            [(ChatFrontEndRequestKind.Begin, null), (ChatFrontEndRequestKind.Resume, "1-4")],
            requests.Select(request => (request.Kind, request.LastEventId)));
        Assert.Equal(["The answer was requested 2 times, not once."], @case.FindViolations(seen, [requests[0], requests[0]]));
    }

    [Fact]
    public async Task Stop_that_only_disconnects_is_a_violation()
    {
        ChatFrontEndCase @case = Get("ui-messages/stop");
        ChatFrontEndObservation seen = await RunAsync(@case);
        IReadOnlyList<ChatFrontEndRequest> requests = Server.TakeRequests(@case);

        Assert.Equal(
            ["The server was not told to stop: it goes on generating the answer."], @case.FindViolations(seen, [requests[0]]));
    }

    [Fact]
    public void Each_case_is_described()
    {
        Assert.Equal(ChatFrontEndSuite.Cases.Count, ChatFrontEndSuite.Cases.Select(@case => @case.Name).Distinct().Count());
        Assert.All(
            ChatFrontEndSuite.Cases.SelectMany(@case => new[] { @case.Description, @case.MustSee, @case.MustNot }),
            sentence => Assert.EndsWith(".", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Index_lists_each_case()
    {
        using var client = new HttpClient();
        string html = await client.GetStringAsync(Server.BaseAddress);
        client.DefaultRequestHeaders.Add("Accept", "application/json");
        JsonElement json = JsonDocument.Parse(await client.GetStringAsync(Server.BaseAddress)).RootElement;

        Assert.Equal(
            ChatFrontEndSuite.Cases.Select(@case => Server.GetAddress(@case).AbsoluteUri),
            json.EnumerateArray().Select(@case => @case.GetProperty("url").GetString()));
        Assert.All(ChatFrontEndSuite.Cases, @case => Assert.Contains($"{Server.GetAddress(@case)}<", html));
    }

    [Fact]
    public async Task What_is_not_a_case_is_not_found()
    {
        using var client = new HttpClient();

        using HttpResponseMessage response = await client.GetAsync(new Uri(Server.BaseAddress, "ui-messages/nothing"));

        Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("GET / lists the cases", await response.Content.ReadAsStringAsync());
    }

    private static ChatFrontEndCase Get(string name) => ChatFrontEndSuite.Cases.Single(@case => @case.Name == name);

    private async Task<ChatFrontEndObservation> RunAsync(ChatFrontEndCase @case, bool isNaive = false)
    {
        Server.TakeRequests(@case);
        using var frontEnd = new TruthfulFrontEnd(Server, @case, isNaive);
        return await frontEnd.RunAsync();
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public ChatFrontEndServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await ChatFrontEndServer.StartAsync(new ChatFrontEndServerOptions
        {
            Interval = TimeSpan.FromMilliseconds(1),
            Silence = TimeSpan.FromMilliseconds(2),
            SlowStart = TimeSpan.FromMilliseconds(5),
        });

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
