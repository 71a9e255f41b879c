using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>What the application learns when an answer has ended.</summary>
public class FinishedTests
{
    private const string Question = """{"message":"Will it rain?"}""";

    [Fact]
    public async Task A_complete_answer_is_passed_with_its_usage()
    {
        await using Recorder recorder = await Recorder.StartAsync(Script.Answer("It rains.").WithUsage());
        ChatRelayResult result = await recorder.PostAsync();
        Assert.Equal(ChatRelayOutcome.Completed, result.Outcome);
        Assert.Null(result.Exception);
        Assert.True(result.Answer.IsComplete);
        Assert.Equal(("It rains.", ChatFinishReason.Stop), (result.Answer.Text, result.Answer.FinishReason));
        Assert.NotNull(result.Answer.Usage?.OutputTokenCount);
        Assert.True(Assert.Single(result.Answer.Attempts).IsUsageFinal);
        Assert.Equal("Will it rain?", Assert.Single(result.Request!.Messages).Text);
        Assert.Equal(32, result.MessageId.Length);
    }

    [Fact]
    public async Task A_resumed_answer_has_both_attempts()
    {
        await using Recorder recorder = await Recorder.StartAsync(
            Script.Answer("It rains in Spain, mainly on the plain.").InChunksOf(1).WithUsage().ResetAtEvent(5).ThenWithoutFaults());
        ChatRelayResult result = await recorder.PostAsync();
        Assert.Equal((ChatRelayOutcome.Completed, "It rains in Spain, mainly on the plain."), (result.Outcome, result.Answer.Text));
        Assert.Equal(2, result.Answer.Attempts.Count);
    }

    [Fact]
    public async Task A_failed_answer_is_passed_as_far_as_it_came()
    {
        await using Recorder recorder = await Recorder.StartAsync(
            Script.Answer("It rains in Spain.").InChunksOf(1).CutAtEvent(3), options => options.Resume = LlmResumeOptions.Off);
        ChatRelayResult result = await recorder.PostAsync();
        Assert.Equal(ChatRelayOutcome.Failed, result.Outcome);
        Assert.Equal(ChatStreamError.Truncated, Assert.IsType<ChatStreamException>(result.Exception).Error);
        Assert.False(result.Answer.IsComplete);
        Assert.StartsWith("It", result.Answer.Text, StringComparison.Ordinal);
        Assert.Single(result.Answer.Attempts);
    }

    [Fact]
    public async Task An_answer_that_did_not_begin_is_passed_too()
    {
        await using Recorder recorder = await Recorder.StartAsync(Script.Status(401), options => options.Retry = LlmRetryOptions.Off);
        ChatRelayResult result = await recorder.PostAsync();
        Assert.Equal(ChatRelayOutcome.Failed, result.Outcome);
        Assert.Equal(ChatStreamError.Unauthorized, Assert.IsType<ChatStreamException>(result.Exception).Error);
        Assert.Empty(result.Answer.Choices);
    }

    [Fact]
    public async Task What_the_handler_removed_is_not_in_the_answer()
    {
        // The exception carries what the provider sent; the browser saw only the handler's version.
        var failure = new ChatStreamException(ChatStreamError.Truncated)
        {
            Partial = new ChatStreamResult
            {
                Choices = [new ChatChoice { Text = "It rains. SECRET" }],
                Usage = new UsageDetails { OutputTokenCount = 5 },
            },
        };
        await using Recorder recorder = await Recorder.StartAsync(_ => FakeAnswers.FailingAfter(failure, Encoded.Pieces("It ", "rains.")));
        ChatRelayResult result = await recorder.PostAsync();
        Assert.Equal(("It rains.", 5), (result.Answer.Text, result.Answer.Usage?.OutputTokenCount));
    }

    [Fact]
    public async Task A_handler_that_returns_nothing_ends_its_answer_once()
    {
        await using Recorder recorder = await Recorder.StartAsync(_ => null!);
        Assert.Equal(ChatRelayOutcome.Failed, (await recorder.PostAsync()).Outcome);
    }

    [Fact]
    public async Task The_connection_is_closed_after_it()
    {
        var finish = new TaskCompletionSource();
        var isRunning = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."), options => options.OnFinished = _ =>
        {
            isRunning.SetResult();
            return finish.Task;
        });
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        await connection.ReadUntilAsync("\"done\":true");
        await isRunning.Task;
        Task<bool> end = connection.ReadToEndAsync();
        Assert.False(end.IsCompleted);
        finish.SetResult();
        Assert.True(await end);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_exceptions_are_logged(bool synchronously)
    {
        using var log = new LogRecords();
        var failure = new InvalidOperationException("the database is down");
        await using RelayApp app = await RelayApp.StartAsync(
            _ => FakeAnswers.Complete("Hello."),
            options => options.OnFinished = _ => synchronously ? throw failure : Task.FromException(failure),
            build: log.AddTo);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        Assert.True(await connection.ReadToEndAsync());
        Assert.Contains(log.OfRelay, text => text.Contains("OnFinished failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_has_the_services_of_the_handler()
    {
        Scoped? ofHandler = null, ofFinished = null;
        bool wasDisposed = true;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            map => map.MapChatRelay(
                "/api/chat",
                (ChatRelayRequest _, Scoped scoped, CancellationToken _) =>
                {
                    ofHandler = scoped;
                    return FakeAnswers.Complete("Hello.");
                },
                options => options.OnFinished = result =>
                {
                    ofFinished = result.Services.GetRequiredService<Scoped>();
                    wasDisposed = ofFinished.IsDisposed;
                    return Task.CompletedTask;
                }),
            build: builder => builder.Services.AddScoped<Scoped>());
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        // The service fails to be disposed of, which must not harm the response.
        Assert.True(await connection.ReadToEndAsync());
        Assert.Same(ofHandler, ofFinished);
        Assert.False(wasDisposed);
        Assert.True(ofHandler!.IsDisposed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_with_it_the_answer_is_kept(bool isKept)
    {
        var contents = new List<WeakReference>();
        int alive = -1;
        await using RelayApp app = await RelayApp.StartAsync(
            _ => Stream(),
            options =>
            {
                if (isKept) options.OnFinished = _ => Task.CompletedTask;
            });
        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        await response.Content.ReadAsStringAsync();
        Assert.Equal(isKept, alive > 90);

        async IAsyncEnumerable<ChatDelta> Stream()
        {
            for (int i = 0; i < 100; i++)
            {
                yield return Next();
                await Task.Yield();
            }

            GC.Collect();
            alive = contents.Count(content => content.IsAlive);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        ChatDelta Next()
        {
            var content = new DataContent(new byte[1000], "image/png");
            contents.Add(new WeakReference(content));
            return new ChatDelta { OtherContents = [content] };
        }
    }

    private sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose()
        {
            IsDisposed = true;
            throw new InvalidOperationException("cannot be disposed of");
        }
    }

    private sealed class Recorder : IAsyncDisposable
    {
        private readonly ConcurrentQueue<ChatRelayResult> _results = new();
        private RelayApp _app = null!;

        public static async Task<Recorder> StartAsync(Script script, Action<LlmStreamOptions>? llm = null)
        {
            var recorder = new Recorder();
            recorder._app = await RelayApp.StartAsync(script, recorder.Configure, llm);
            return recorder;
        }

        public static async Task<Recorder> StartAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>> handler)
        {
            var recorder = new Recorder();
            recorder._app = await RelayApp.StartAsync(handler, recorder.Configure);
            return recorder;
        }

        /// <summary>Posts a question, and checks that the application is told exactly once how the answer ended.</summary>
        public async Task<ChatRelayResult> PostAsync()
        {
            using HttpResponseMessage response = await _app.PostAsync("/api/chat", Question);
            await response.Content.ReadAsStringAsync();
            await _app.App.StopAsync();
            return Assert.Single(_results);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private void Configure(ChatRelayOptions options) => options.OnFinished = result =>
        {
            _results.Enqueue(result);
            return Task.CompletedTask;
        };
    }
}
