using System.Collections.Concurrent;
using System.Net;
using LlmStream.AspNetCore.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>The application learns once how an answer ended, whoever reads.</summary>
public class KeptFinishedTests
{
    [Fact]
    public async Task OnFinished_is_called_once_although_nobody_listens_and_its_services_still_live()
    {
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("Hello, ", "world."));
        var finished = new TaskCompletionSource<(ChatRelayResult Result, bool IsDisposed)>();
        int calls = 0;
        await using KeptNode node = await KeptNode.StartAsync(
            app => app.MapChatRelay(
                "/api/chat",
                (ChatRelayRequest _, Scoped scoped, CancellationToken stopped) => answer.StreamAsync(stopped),
                options => options.OnFinished = result =>
                {
                    calls++;
                    finished.TrySetResult((result, result.Services.GetRequiredService<Scoped>().IsDisposed));
                    return Task.CompletedTask;
                }),
            build: builder => builder.Services.AddScoped<Scoped>());
        answer.Permit();
        (await node.AskAsync("ui-messages")).Dispose(); // the client leaves
        answer.PermitAll();
        (ChatRelayResult result, bool isDisposed) = await finished.Task.WaitAsync(TimeSpan.FromSeconds(30));
        using HttpResponseMessage joined = await node.AskAsync("ui-messages");
        List<SentEvent> events = await joined.ReadEventsAsync();

        Assert.Equal((ChatRelayOutcome.Completed, "Hello, world.", false), (result.Outcome, result.Answer.Text, isDisposed));
        Assert.Equal(("chat-1", "hi"), (result.Request!.ConversationId, result.Request.Messages[^1].Text));
        Assert.Equal((string?)events[0].Json["messageId"], result.MessageId);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task What_the_application_has_stored_is_not_resumed_by_the_id_of_the_chat()
    {
        await using KeptNode node = await KeptNode.StartAsync(
            _ => FakeAnswers.Complete("Hello."), options => options.OnFinished = _ => Task.CompletedTask);
        using HttpResponseMessage response = await node.AskAsync("json");
        await response.ReadEventsAsync(); // closed after OnFinished
        using HttpResponseMessage byChat = await node.GetAsync("/api/chat/chat-1/stream");
        using HttpResponseMessage byStream = await node.GetAsync($"/api/chat/{TurnTests.StreamId(response)}/stream");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.OK), (byChat.StatusCode, byStream.StatusCode));
    }

    [Fact]
    public async Task What_the_application_could_not_store_is_resumed()
    {
        await using KeptNode node = await KeptNode.StartAsync(
            _ => FakeAnswers.Complete("Hello."), options => options.OnFinished = _ => throw new IOException("The disk is full."));
        using HttpResponseMessage response = await node.AskAsync("json");
        await response.ReadEventsAsync();
        using HttpResponseMessage resumed = await node.GetAsync("/api/chat/chat-1/stream");

        Assert.Equal("Hello.", (await resumed.ReadEventsAsync()).Text());
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("threw")]
    [InlineData("stopped")]
    public async Task An_answer_that_is_not_complete_is_reported_as_far_as_it_came(string how)
    {
        var results = new ConcurrentQueue<ChatRelayResult>();
        var answer = new LiveAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync, options => options.OnFinished = result =>
        {
            results.Enqueue(result);
            return Task.CompletedTask;
        });
        answer.Send("Hello");
        using HttpResponseMessage response = await node.AskAsync("json");
        if (how == "failed") answer.Fail(new ChatStreamException(ChatStreamError.Truncated));
        else if (how == "threw") answer.Fail(new FormatException("mine"));
        else await node.StopAsync("chat-1");
        await response.ReadEventsAsync();

        ChatRelayResult result = Assert.Single(results);
        Assert.Equal("Hello", result.Answer.Text);
        Assert.Equal(how == "stopped" ? ChatRelayOutcome.Canceled : ChatRelayOutcome.Failed, result.Outcome);
        if (how == "threw") Assert.Equal("mine", Assert.IsType<FormatException>(result.Exception).Message);
        else Assert.Equal(how == "stopped", result.Exception is ChatStreamCanceledException);
    }

    private sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
