using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>The scope of an answer's services: alive until the answer has ended, and then disposed of.</summary>
public class ScopeTests
{
    [Fact]
    public async Task A_scoped_service_lives_until_the_answer_has_ended()
    {
        var services = new List<Service>();
        var isDisposed = new List<bool>();
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer(""),
            web => web.MapChatRelay(
                "/api/chat",
                (ChatRelayRequest chat, Service service, CancellationToken stopped) => AnswerAsync(service),
                options => options.OnFinished = result =>
                {
                    var service = result.Services.GetRequiredService<Service>();
                    services.Add(service);
                    isDisposed.Add(service.HasBeenDisposed.IsCompleted);
                    return Task.CompletedTask;
                }),
            build: builder => builder.Services.AddScoped<Service>());

        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"message":"hi"}""");
            Assert.Contains("\"done\":true", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal([false, false], isDisposed);
        Assert.NotSame(services[0], services[1]);
        foreach (Service service in services) await service.HasBeenDisposed.WaitAsync(TimeSpan.FromSeconds(60));

        static async IAsyncEnumerable<ChatDelta> AnswerAsync(Service service)
        {
            await Task.Yield();
            Assert.False(service.HasBeenDisposed.IsCompleted);
            yield return new ChatDelta { Text = "a" };
            await Task.Yield();
            Assert.False(service.HasBeenDisposed.IsCompleted);
            yield return new ChatDelta { Text = "b", TextOffset = 1, FinishReason = ChatFinishReason.Stop };
        }
    }

    [Fact]
    public async Task The_scope_is_not_that_of_the_request()
    {
        Service? ofRequest = null, ofAnswer = null;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("Hello"),
            web =>
            {
                web.Use((http, next) =>
                {
                    ofRequest = http.RequestServices.GetRequiredService<Service>();
                    return next();
                });
                web.MapChatRelay("/api/chat", (ChatRelayRequest chat, Service service, LlmStreamClient llm, CancellationToken stopped) =>
                {
                    ofAnswer = service;
                    return llm.StreamAsync(chat.Messages, chat.Options, stopped);
                });
            },
            build: builder => builder.Services.AddScoped<Service>());

        using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"message":"hi"}""");
        await response.Content.ReadAsStringAsync();

        Assert.NotNull(ofAnswer);
        Assert.NotSame(ofRequest, ofAnswer);
    }

    [Fact]
    public async Task A_scoped_service_is_disposed_of_after_a_failure()
    {
        Service? used = null;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer(""),
            web => web.MapChatRelay("/api/chat", (ChatRelayRequest chat, Service service) =>
            {
                used = service;
                return chat.Messages.Count > 0 ? throw new FormatException() : Task.FromResult<IAsyncEnumerable<ChatDelta>>(null!);
            }),
            build: builder => builder.Services.AddScoped<Service>());

        using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"message":"hi"}""");

        await used!.HasBeenDisposed.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private sealed class Service : IAsyncDisposable
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasBeenDisposed => _disposed.Task;

        public ValueTask DisposeAsync()
        {
            _disposed.TrySetResult();
            return default;
        }
    }
}
