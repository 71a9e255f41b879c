using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>The handlers that users write: which overload is chosen, and how the parameters are bound.</summary>
public class HandlerTests
{
    private const string Pattern = "/api/chat";

    [Fact]
    public Task A_lambda_with_a_service() =>
        AnswersAsync("Hello", app => app.MapChatRelay(
            Pattern,
            (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) => llm.StreamAsync(chat.Messages, chat.Options, stopped)));

    [Fact]
    public Task A_lambda_without_types() =>
        AnswersAsync("hi deltas", app => app.MapChatRelay(Pattern, (chat, stopped) => Say($"{chat.Messages[0].Text} deltas", stopped)));

    [Fact]
    public Task A_lambda_without_types_that_returns_updates() =>
        AnswersAsync("hi updates", app => app.MapChatRelay(Pattern, (chat, stopped) => SayUpdates($"{chat.Messages[0].Text} updates", stopped)));

    [Fact]
    public Task A_lambda_with_a_chat_client_that_returns_updates() =>
        AnswersAsync(
            "Hello",
            app => app.MapChatRelay(
                Pattern,
                (ChatRelayRequest chat, IChatClient client, CancellationToken stopped) =>
                    client.GetStreamingResponseAsync(chat.Messages, chat.Options, stopped)));

    [Fact]
    public Task A_lambda_with_two_services() =>
        AnswersAsync(
            "A B",
            app => app.MapChatRelay(
                Pattern, (ChatRelayRequest chat, Greeting a, Other b, CancellationToken stopped) => Say($"{a.Text} {b.Text}", stopped)),
            services => services.AddSingleton(new Greeting("A")).AddSingleton(new Other("B")));

    [Fact]
    public Task A_lambda_with_two_services_that_returns_updates() =>
        AnswersAsync(
            "A B",
            app => app.MapChatRelay(
                Pattern, (ChatRelayRequest chat, Greeting a, Other b, CancellationToken stopped) => SayUpdates($"{a.Text} {b.Text}", stopped)),
            services => services.AddSingleton(new Greeting("A")).AddSingleton(new Other("B")));

    [Fact]
    public Task A_lambda_with_keyed_services() =>
        AnswersAsync(
            "first second",
            app => app.MapChatRelay(
                Pattern,
                ([FromKeyedServices("2")] Greeting b, ChatRelayRequest chat, [FromKeyedServices("1")] Greeting a) => Say($"{a.Text} {b.Text}")),
            services => services.AddKeyedSingleton("1", new Greeting("first")).AddKeyedSingleton("2", new Greeting("second")));

    [Fact]
    public Task A_lambda_with_a_keyed_service_and_one_without_a_key() =>
        AnswersAsync(
            "keyed plain",
            app => app.MapChatRelay(
                Pattern,
                (ChatRelayRequest chat, [FromKeyedServices("1")] Greeting a, Greeting b, CancellationToken stopped) =>
                    Say($"{a.Text} {b.Text}", stopped)),
            services => services.AddKeyedSingleton("1", new Greeting("keyed")).AddSingleton(new Greeting("plain")));

    [Fact]
    public Task A_lambda_with_one_keyed_service() =>
        AnswersAsync(
            "keyed",
            app => app.MapChatRelay(
                Pattern, (ChatRelayRequest chat, [FromKeyedServices("1")] Greeting a, CancellationToken stopped) => SayUpdates(a.Text, stopped)),
            services => services.AddKeyedSingleton("1", new Greeting("keyed")).AddSingleton(new Greeting("plain")));

    [Fact]
    public Task A_static_method() => AnswersAsync("hi method", app => app.MapChatRelay(Pattern, AnswerInMethod));

    [Fact]
    public Task A_static_method_with_a_service() =>
        AnswersAsync("A", app => app.MapChatRelay(Pattern, AnswerWithService), services => services.AddSingleton(new Greeting("A")));

    [Fact]
    public Task A_method_of_an_object() => AnswersAsync("B", app => app.MapChatRelay(Pattern, new Other("B").Answer));

    [Fact]
    public Task An_extension_method() =>
        AnswersAsync(
            "B A",
            app => app.MapChatRelay(Pattern, new Other("B").AnswerByExtension),
            services => services.AddKeyedSingleton("1", new Greeting("A")));

    [Fact]
    public Task An_extension_method_by_reflection() =>
        AnswersAsync(
            "B A",
            app => app.MapChatRelay(Pattern, (Delegate)new Other("B").AnswerByExtension),
            services => services.AddKeyedSingleton("1", new Greeting("A")));

    [Fact]
    public Task An_async_iterator_with_a_token() =>
        AnswersAsync("hi there", app =>
        {
            app.MapChatRelay(Pattern, AnswerAsync);

            async IAsyncEnumerable<ChatDelta> AnswerAsync(ChatRelayRequest chat, [EnumeratorCancellation] CancellationToken stopped)
            {
                Assert.True(stopped.CanBeCanceled);
                await Task.Yield();
                yield return new ChatDelta { Text = chat.Messages[0].Text };
                yield return new ChatDelta { Text = " there", TextOffset = 2, FinishReason = ChatFinishReason.Stop };
            }
        });

    [Fact]
    public Task An_async_lambda() =>
        AnswersAsync("hi later", app => app.MapChatRelay(Pattern, async (ChatRelayRequest chat, CancellationToken stopped) =>
        {
            await Task.Yield();
            return Say($"{chat.Messages[0].Text} later", stopped);
        }));

    [Fact]
    public Task An_async_lambda_that_returns_updates() =>
        AnswersAsync("hi later", app => app.MapChatRelay(Pattern, async (ChatRelayRequest chat) =>
        {
            await Task.Yield();
            return SayUpdates($"{chat.Messages[0].Text} later");
        }));

    [Fact]
    public Task A_value_task() =>
        AnswersAsync("hi", app => app.MapChatRelay(Pattern, (ChatRelayRequest chat) => new ValueTask<IAsyncEnumerable<ChatDelta>>(Say("hi"))));

    [Fact]
    public Task No_parameters() => AnswersAsync("fixed", app => app.MapChatRelay(Pattern, () => Say("fixed")));

    [Fact]
    public Task The_user_and_the_provider_of_services() =>
        AnswersAsync("A False", app => app.MapChatRelay(
            Pattern,
            (IServiceProvider services, ClaimsPrincipal user, ChatRelayRequest chat) =>
                Say($"{services.GetRequiredService<Greeting>().Text} {user.Identity!.IsAuthenticated}")),
            services => services.AddSingleton(new Greeting("A")));

    [Fact]
    public Task The_user_of_a_lambda_with_types() =>
        AnswersAsync("False", app => app.MapChatRelay(
            Pattern,
            (ChatRelayRequest chat, ClaimsPrincipal user, CancellationToken stopped) => Say($"{user.Identity!.IsAuthenticated}", stopped)));

    [Fact]
    public Task Optional_services_that_are_missing() =>
        AnswersAsync("True True", app => app.MapChatRelay(
            Pattern, (ChatRelayRequest chat, Other? nullable, Greeting? byDefault = null) => Say($"{nullable is null} {byDefault is null}")));

    [Fact]
    public Task Optional_services_that_are_there() =>
        AnswersAsync(
            "A B",
            app => app.MapChatRelay(
                Pattern, (ChatRelayRequest chat, Other? nullable, Greeting? byDefault = null) => Say($"{byDefault?.Text} {nullable?.Text}")),
            services => services.AddSingleton(new Greeting("A")).AddSingleton(new Other("B")));

    [Fact]
    public async Task A_missing_service_is_reported_when_mapping()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();

        Exception typed = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(
            Pattern, (ChatRelayRequest chat, Greeting a, CancellationToken stopped) => Say(a.Text, stopped)));
        Exception second = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(
            Pattern, (ChatRelayRequest chat, IServiceProvider a, Greeting b, CancellationToken stopped) => SayUpdates(b.Text, stopped)));
        Exception keyed = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(
            Pattern, (ChatRelayRequest chat, [FromKeyedServices("k")] Greeting a, CancellationToken stopped) => Say(a.Text, stopped)));
        Exception reflected = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(Pattern, (Greeting a) => Say(a.Text)));
        Exception reflectedKeyed = Assert.Throws<InvalidOperationException>(
            () => app.MapChatRelay(Pattern, ([FromKeyedServices("k")] Greeting a) => Say(a.Text)));

        Assert.All([typed, second, reflected], error => Assert.Equal(
            $"The handler of MapChatRelay needs {typeof(Greeting)}, which is not a registered service.", error.Message));
        Assert.All([keyed, reflectedKeyed], error => Assert.Equal(
            $"The handler of MapChatRelay needs {typeof(Greeting)} with the key 'k', which is not a registered service.", error.Message));
        Assert.Empty(((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints));
    }

    [Fact]
    public async Task The_http_context_is_refused_when_mapping()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();

        Exception typed = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(
            Pattern, (ChatRelayRequest chat, HttpContext http, CancellationToken stopped) => Say("", stopped)));
        Exception reflected = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(Pattern, (HttpContext http) => Say("")));
        Exception optional = Assert.Throws<InvalidOperationException>(() => app.MapChatRelay(Pattern, (HttpRequest? http = null) => Say("")));

        Assert.All([typed, reflected], error => Assert.StartsWith(
            "The handler of MapChatRelay cannot have a parameter of type HttpContext:", error.Message, StringComparison.Ordinal));
        Assert.Contains("HttpRequest", optional.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_return_type_is_refused_when_mapping()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();

        Assert.Throws<ArgumentException>(() => app.MapChatRelay(Pattern, (ChatRelayRequest chat) => "text"));
        Assert.Throws<ArgumentException>(() => app.MapChatRelay(Pattern, (ChatRelayRequest chat) => Task.FromResult("text")));
        Assert.Throws<ArgumentException>(() => app.MapChatRelay(Pattern, (ChatRelayRequest chat) => Task.CompletedTask));
    }

    [Fact]
    public Task An_exception_of_the_handler_is_passed_on_as_it_is() => FailsAsync<FormatException>(app => app.MapChatRelay(
        Pattern,
        (ChatRelayRequest chat) => chat.Messages.Count > 0 ? throw new FormatException("secret") : Say(""),
        Describe));

    [Fact]
    public Task An_exception_of_an_async_handler_is_passed_on_as_it_is() => FailsAsync<FormatException>(app => app.MapChatRelay(
        Pattern,
        async (ChatRelayRequest chat) =>
        {
            await Task.Yield();
            return chat.Messages.Count > 0 ? throw new FormatException("secret") : Say("");
        },
        Describe));

    [Fact]
    public Task Null_is_a_failure() => FailsAsync<InvalidOperationException>(app => app.MapChatRelay(
        Pattern, (ChatRelayRequest chat) => (IAsyncEnumerable<ChatDelta>)null!, Describe));

    private static void Describe(ChatRelayOptions options) => options.DescribeError = exception => exception.GetType().Name;

    private static IAsyncEnumerable<ChatDelta> AnswerInMethod(ChatRelayRequest chat, CancellationToken stopped) =>
        Say($"{chat.Messages[0].Text} method", stopped);

    private static IAsyncEnumerable<ChatDelta> AnswerWithService(ChatRelayRequest chat, Greeting greeting, CancellationToken stopped) =>
        Say(greeting.Text, stopped);

    private static async IAsyncEnumerable<ChatDelta> Say(string text, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        yield return new ChatDelta { Text = text, FinishReason = ChatFinishReason.Stop };
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> SayUpdates(
        string text, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        yield return new ChatResponseUpdate(ChatRole.Assistant, text) { FinishReason = ChatFinishReason.Stop };
    }

    private static async Task AnswersAsync(string expected, Action<WebApplication> map, Action<IServiceCollection>? services = null)
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Answer("Hello"), map, build: builder => services?.Invoke(builder.Services));
        using HttpResponseMessage response = await app.PostAsync(Pattern, """{"message":"hi"}""");
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, string.Concat(Encoded.Events(body).Select(e => (string?)e["content"])));
        Assert.True((bool)Encoded.Events(body)[^1]["done"]!);
    }

    private static async Task FailsAsync<TException>(Action<WebApplication> map)
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Answer("Hello"), map);
        using HttpResponseMessage response = await app.PostAsync(Pattern, """{"message":"hi"}""");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains($"\"{typeof(TException).Name}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    internal sealed record Greeting(string Text);

    internal sealed record Other(string Text)
    {
        public IAsyncEnumerable<ChatDelta> Answer(ChatRelayRequest chat, CancellationToken stopped) => Say(Text, stopped);

        public IAsyncEnumerable<ChatDelta> AnswerWith(string text, CancellationToken stopped) => Say($"{Text} {text}", stopped);
    }
}

internal static class HandlerExtensions
{
    public static IAsyncEnumerable<ChatDelta> AnswerByExtension(
        this HandlerTests.Other target,
        ChatRelayRequest chat,
        [FromKeyedServices("1")] HandlerTests.Greeting greeting,
        CancellationToken stopped) =>
        target.AnswerWith(greeting.Text, stopped);
}
