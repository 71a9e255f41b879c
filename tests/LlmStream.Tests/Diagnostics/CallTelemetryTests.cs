using System.Diagnostics;
using LlmStream.Chat;
using LlmStream.Diagnostics;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Diagnostics;

public sealed class CallTelemetryTests : IDisposable
{
    private readonly List<Activity> _activities = [];
    private readonly AttemptLog _log = new();
    private readonly ActivityListener _listener;
    private readonly LogCollector _logged = new();
    private readonly FakeTimeProvider _time = new();
    private readonly string _provider = $"test-{Guid.NewGuid():N}"; // other tests report at the same time

    public CallTelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LlmStream",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.Kind == ActivityKind.Client && _provider.Equals(activity.GetTagItem("gen_ai.provider.name")))
                    _activities.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void Logs_the_events_of_a_call()
    {
        using (CallTelemetry telemetry = Create())
        {
            telemetry.SendingRequest(Provider, Attempt("m-1", 1), 1);
            telemetry.Retrying(Provider, new ChatStreamException(ChatStreamError.ServerError), 2, TimeSpan.FromSeconds(2));
            telemetry.SendingRequest(Provider, Attempt("m-1", 2), 2);
            _time.Advance(TimeSpan.FromMilliseconds(30));
            telemetry.DeltaReceived(new ChatDelta { Text = "abc", Stream = new ChatStreamInfo { RequestId = "r" } });
            telemetry.Resuming(new ChatStreamException(ChatStreamError.Connection), 3, 3);
            telemetry.PrefillRefused(Provider, new ChatStreamException(ChatStreamError.InvalidRequest) { ProviderCode = "no", ProviderMessage = "No prefill" });
            telemetry.ReplayRefused(Provider, new ChatStreamException(ChatStreamError.InvalidRequest) { ProviderCode = "gone" });
            telemetry.DeltaReceived(
                new ChatDelta
                {
                    FinishReason = ChatFinishReason.Stop,
                    Usage = new UsageDetails { InputTokenCount = 5, OutputTokenCount = 7 },
                });
            _log.AddEarlier(new ChatAttempt { Number = 3, Usage = new UsageDetails { InputTokenCount = 5, OutputTokenCount = 7 } });
            telemetry.Completed();
        }

        Assert.Equal(
            [
                $"Debug 1 Sending request to {_provider}, model m-1, attempt 1",
                $"Warning 3 Request to {_provider} failed before the first delta (ServerError, status (null), code (null)); "
                + "attempt 2 follows in 2000 ms",
                $"Debug 1 Sending request to {_provider}, model m-1, attempt 2",
                $"Debug 2 Received first delta from {_provider} after 30 ms (request r)",
                $"Warning 7 Stream of {_provider} broke off after 3 characters (Connection, code (null)); resuming with attempt 3",
                $"Warning 9 {_provider} rejected a trailing assistant message (no: No prefill); "
                + "sending an instruction to continue instead",
                $"Warning 10 {_provider} has not kept the answer (gone: (null)); resuming without replay",
                $"Debug 4 Answer of {_provider} complete after 30 ms (finish reason stop, 5 input tokens, 7 output tokens)",
            ],
            _logged.Lines.Select(line => line.TrimEnd()));
    }

    [Fact]
    public void Logs_a_failure()
    {
        using (CallTelemetry telemetry = Create())
        {
            telemetry.DeltaReceived(new ChatDelta { Text = "abc" });
            var failure = new ChatStreamException(ChatStreamError.Truncated) { RequestId = "r", AttemptCount = 2 };
            telemetry.NotResumed(Provider, failure, ChatResumeRefusal.BudgetSpent, null, 3);
            telemetry.Failed(failure);
        }

        Assert.Equal(
            [
                $"Warning 8 Stream of {_provider} broke off after 3 characters (Truncated) and is not resumed: BudgetSpent",
                $"Error 5 Stream of {_provider} failed after 0 ms (Truncated, status , code , request r, 2 attempts); "
                + "3 characters had arrived",
            ],
            _logged.Lines.Skip(1).Select(line => line.TrimEnd()));
    }

    [Fact]
    public void A_call_that_neither_completes_nor_fails_was_abandoned()
    {
        Create().Dispose();
        Assert.Equal(
            [$"Debug 6 Stream of {_provider} was abandoned by the caller after 0 ms"], _logged.Lines.Select(line => line.TrimEnd()));
    }

    [Fact]
    public void The_activity_has_the_first_model_and_an_event_for_each_new_attempt()
    {
        using (CallTelemetry telemetry = Create())
        {
            telemetry.SendingRequest(Provider, Attempt(null, 1), 1);
            telemetry.Retrying(Provider, new ChatStreamException(ChatStreamError.ServerError), 2, TimeSpan.Zero);
            telemetry.SendingRequest(Provider, Attempt("m-1", 2), 2);
            telemetry.SendingRequest(Provider, Attempt("m-2", 3), 3);
            telemetry.DeltaReceived(new ChatDelta());
            telemetry.DeltaReceived(new ChatDelta { Stream = new ChatStreamInfo { Id = "c-1", Model = "m-1-0613" } });
            telemetry.DeltaReceived(new ChatDelta { Stream = new ChatStreamInfo { Id = "c-2" } });
            telemetry.Resuming(new ChatStreamException(ChatStreamError.Connection), 3, 3);
            telemetry.Failed(new ChatStreamException(ChatStreamError.Truncated));
        }

        Activity activity = Assert.Single(_activities);
        Assert.Equal("chat m-1", activity.DisplayName);
        Assert.Equal(
            ["m-1", "c-1", "Truncated"],
            new[] { "gen_ai.request.model", "gen_ai.response.id", "error.type" }.Select(activity.GetTagItem));
        Assert.Equal(["llmstream.retry", "llmstream.resume"], activity.Events.Select(e => e.Name));
        Assert.Equal([2, 3], activity.Events.Select(e => (int)e.Tags.Single(tag => tag.Key == "llmstream.attempt").Value!));
    }

    [Fact]
    public void An_answer_that_is_fetched_costs_no_tokens()
    {
        _log.AddEarlier(new ChatAttempt { Number = 1, Usage = new UsageDetails { InputTokenCount = 5, OutputTokenCount = 7 } });
        using (CallTelemetry telemetry = Create(CallDescription.FetchResponse with { Model = "m-1" })) telemetry.Completed();
        Activity activity = Assert.Single(_activities);
        Assert.Equal(("fetch_response m-1", "fetch_response"), (activity.DisplayName, activity.GetTagItem("gen_ai.operation.name")));
        Assert.Null(activity.GetTagItem("gen_ai.usage.input_tokens"));
        Assert.Null(activity.GetTagItem("gen_ai.request.stream"));
    }

    private ChatAttempt Attempt(string? model, int number) => new() { Number = number, Provider = _provider, Model = model };

    private LlmProvider Provider => LlmProvider.OpenAI with { Name = _provider };

    private CallTelemetry Create(CallDescription? call = null) => new(
        new LlmStreamOptions
        {
            Provider = Provider,
            LoggerFactory = _logged,
            TimeProvider = _time,
        },
        call ?? CallDescription.Chat,
        _log,
        earlierAttempts: 0);
}
