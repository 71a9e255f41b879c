using System.Diagnostics.CodeAnalysis;
using LlmStream;
using LlmStream.AspNetCore;
using LlmStream.AspNetCore.Serving;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps endpoints that relay answers to the browser.</summary>
public static class ChatRelayEndpointRouteBuilderExtensions
{
    /// <inheritdoc cref="MapChatRelay(IEndpointRouteBuilder, string, Delegate, Action{ChatRelayOptions}?)"/>
    /// <example>
    /// <code>
    /// app.MapChatRelay("/api/chat", (chat, stopped) => client.StreamAsync(chat.Messages, chat.Options, stopped));
    /// </code>
    /// </example>
    public static IEndpointConventionBuilder MapChatRelay(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<ChatRelayRequest, CancellationToken, IAsyncEnumerable<ChatDelta>> handler,
        Action<ChatRelayOptions>? configure = null)
    {
        CheckArguments(endpoints, pattern, handler);
        return RelayMapping.Map(endpoints, pattern, (_, request, stopped) => handler(request, stopped), configure);
    }

    /// <inheritdoc cref="MapChatRelay(IEndpointRouteBuilder, string, Delegate, Action{ChatRelayOptions}?)"/>
    /// <example>
    /// <code>
    /// app.MapChatRelay("/api/chat", (chat, stopped) => chatClient.GetStreamingResponseAsync(chat.Messages, chat.Options, stopped));
    /// </code>
    /// </example>
    public static IEndpointConventionBuilder MapChatRelay(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<ChatRelayRequest, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> handler,
        Action<ChatRelayOptions>? configure = null)
    {
        CheckArguments(endpoints, pattern, handler);
        return RelayMapping.Map(endpoints, pattern, (_, request, stopped) => handler(request, stopped).ToChatDeltas(), configure);
    }

    /// <inheritdoc cref="MapChatRelay(IEndpointRouteBuilder, string, Delegate, Action{ChatRelayOptions}?)"/>
    /// <typeparam name="TService">A service of the answer's scope, which is passed to the handler.</typeparam>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    /// <example>
    /// <code>
    /// app.MapChatRelay("/api/chat", (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
    ///     llm.StreamAsync(chat.Messages, chat.Options, stopped));
    /// </code>
    /// </example>
    public static IEndpointConventionBuilder MapChatRelay<TService>(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<ChatRelayRequest, TService, CancellationToken, IAsyncEnumerable<ChatDelta>> handler,
        Action<ChatRelayOptions>? configure = null)
        where TService : notnull
    {
        CheckArguments(endpoints, pattern, handler);
        Func<IServiceProvider, ChatRelayRequest, TService> resolve =
            ServiceParameter.CreateResolver<TService>(endpoints, handler.Method, ^2);
        return RelayMapping.Map(
            endpoints,
            pattern,
            (services, request, stopped) => handler(request, resolve(services, request), stopped),
            configure);
    }

    /// <inheritdoc cref="MapChatRelay(IEndpointRouteBuilder, string, Delegate, Action{ChatRelayOptions}?)"/>
    /// <typeparam name="TService">A service of the answer's scope, which is passed to the handler.</typeparam>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    /// <example>
    /// <code>
    /// app.MapChatRelay("/api/chat", (ChatRelayRequest chat, IChatClient client, CancellationToken stopped) =>
    ///     client.GetStreamingResponseAsync(chat.Messages, chat.Options, stopped));
    /// </code>
    /// </example>
    public static IEndpointConventionBuilder MapChatRelay<TService>(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<ChatRelayRequest, TService, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> handler,
        Action<ChatRelayOptions>? configure = null)
        where TService : notnull
    {
        CheckArguments(endpoints, pattern, handler);
        Func<IServiceProvider, ChatRelayRequest, TService> resolve =
            ServiceParameter.CreateResolver<TService>(endpoints, handler.Method, ^2);
        return RelayMapping.Map(
            endpoints,
            pattern,
            (services, request, stopped) => handler(request, resolve(services, request), stopped).ToChatDeltas(),
            configure);
    }

    /// <inheritdoc cref="MapChatRelay(IEndpointRouteBuilder, string, Delegate, Action{ChatRelayOptions}?)"/>
    /// <typeparam name="TService1">A service of the answer's scope, which is passed to the handler.</typeparam>
    /// <typeparam name="TService2">A service of the answer's scope, which is passed to the handler.</typeparam>
    /// <exception cref="InvalidOperationException">A service is not registered.</exception>
    public static IEndpointConventionBuilder MapChatRelay<TService1, TService2>(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<ChatRelayRequest, TService1, TService2, CancellationToken, IAsyncEnumerable<ChatDelta>> handler,
        Action<ChatRelayOptions>? configure = null)
        where TService1 : notnull
        where TService2 : notnull
    {
        CheckArguments(endpoints, pattern, handler);
        Func<IServiceProvider, ChatRelayRequest, TService1> resolve1 =
            ServiceParameter.CreateResolver<TService1>(endpoints, handler.Method, ^3);
        Func<IServiceProvider, ChatRelayRequest, TService2> resolve2 =
            ServiceParameter.CreateResolver<TService2>(endpoints, handler.Method, ^2);
        return RelayMapping.Map(
            endpoints,
            pattern,
            (services, request, stopped) => handler(request, resolve1(services, request), resolve2(services, request), stopped),
            configure);
    }

    /// <inheritdoc cref="MapChatRelay(IEndpointRouteBuilder, string, Delegate, Action{ChatRelayOptions}?)"/>
    /// <typeparam name="TService1">A service of the answer's scope, which is passed to the handler.</typeparam>
    /// <typeparam name="TService2">A service of the answer's scope, which is passed to the handler.</typeparam>
    /// <exception cref="InvalidOperationException">A service is not registered.</exception>
    public static IEndpointConventionBuilder MapChatRelay<TService1, TService2>(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<ChatRelayRequest, TService1, TService2, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> handler,
        Action<ChatRelayOptions>? configure = null)
        where TService1 : notnull
        where TService2 : notnull
    {
        CheckArguments(endpoints, pattern, handler);
        Func<IServiceProvider, ChatRelayRequest, TService1> resolve1 =
            ServiceParameter.CreateResolver<TService1>(endpoints, handler.Method, ^3);
        Func<IServiceProvider, ChatRelayRequest, TService2> resolve2 =
            ServiceParameter.CreateResolver<TService2>(endpoints, handler.Method, ^2);
        return RelayMapping.Map(
            endpoints,
            pattern,
            (services, request, stopped) =>
                handler(request, resolve1(services, request), resolve2(services, request), stopped).ToChatDeltas(),
            configure);
    }

    /// <summary>
    /// Maps an endpoint that relays the answer of a handler to the browser. A failure before the first delta has an HTTP status of its own;
    /// after it, it is an event of the wire. It is never shown as a complete answer.
    /// </summary>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="pattern">
    /// The route pattern of <c>POST</c>. If it ends with <c>/chat/completions</c>, OpenAI's list of models is mapped beside it.
    /// </param>
    /// <param name="handler">
    /// A method that returns <c>IAsyncEnumerable&lt;ChatDelta&gt;</c> or <c>IAsyncEnumerable&lt;ChatResponseUpdate&gt;</c>, or a task of
    /// it. Its parameters may be the <see cref="ChatRelayRequest"/>, the <see cref="CancellationToken"/>, which is canceled when the answer
    /// must stop, the user (<see cref="System.Security.Claims.ClaimsPrincipal"/>), and services, also keyed ones, of a scope that lives as
    /// long as the answer. It cannot have the HTTP context.
    /// </param>
    /// <param name="configure">Sets the options. Default: none.</param>
    /// <returns>A builder whose conventions, such as authorization, CORS and rate limits, hold for all endpoints of the relay.</returns>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="endpoints"/>, <paramref name="pattern"/> or <paramref name="handler"/> is null.
    /// </exception>
    /// <exception cref="ArgumentException">An option is not valid, or the handler returns something else.</exception>
    /// <exception cref="InvalidOperationException">A parameter is neither of these nor a registered service.</exception>
    [RequiresUnreferencedCode("Binds the handler's parameters by reflection. Use an overload that takes a Func.")]
    [RequiresDynamicCode("Binds the handler's parameters by reflection. Use an overload that takes a Func.")]
    public static IEndpointConventionBuilder MapChatRelay(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Delegate handler,
        Action<ChatRelayOptions>? configure = null)
    {
        CheckArguments(endpoints, pattern, handler);
        return RelayMapping.Map(endpoints, pattern, DelegateHandler.Create(endpoints, handler), configure);
    }

    private static void CheckArguments(IEndpointRouteBuilder endpoints, string pattern, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
    }
}
