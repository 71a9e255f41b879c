using LlmStream;
using LlmStream.Relay;
using LlmStream.Relay.DependencyInjection;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers kept streams.</summary>
public static class ChatRelayServiceCollectionExtensions
{
    /// <summary>
    /// Keeps streamed answers, so that they can be resumed after a reload, stopped, and, if nodes share a store, continued by another node.
    /// Registers a <see cref="ChatStreamRelay"/> with its <see cref="IChatStreamStore"/>, and the background work that takes over streams
    /// whose producers are gone. The endpoints of <c>MapChatRelay</c> (LlmStream.AspNetCore) then keep their streams.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Streams are kept in the memory of this process, unless the returned builder is told another store.
    /// </para>
    /// <para>
    /// A stream can be taken over if its request was stored with it. Requests contain the conversation, so they are encrypted by the
    /// application's Data Protection: call <c>services.AddDataProtection()</c> and configure keys that all nodes share. Without Data
    /// Protection no request is stored, unless <see cref="ChatStreamRelayOptions.RequestProtector"/> is set. A stream whose request is not
    /// stored, or cannot be decrypted, ends with an error if its producer is lost.
    /// </para>
    /// <para>
    /// The client that continues an answer is the one that began it: the <see cref="LlmStreamClient"/> registered as a singleton, without
    /// a key or with the same string as its key. Answers of other clients are not continued.
    /// </para>
    /// </remarks>
    /// <param name="services">The service collection.</param>
    /// <param name="configure">Sets the options, or <see langword="null"/>.</param>
    /// <returns>A builder, to choose another store.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddLlmStream(options => options.Provider = LlmProvider.DeepSeek);
    /// builder.Services.AddChatRelay();
    /// </code>
    /// </example>
    public static IChatRelayBuilder AddChatRelay(this IServiceCollection services, Action<KeptStreamOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<KeptStreamOptions>();
        if (configure is not null) services.Configure(configure);
        services.TryAddSingleton(CreateMemoryStore);
        services.TryAddSingleton<LocalStreams>();
        services.TryAddSingleton(provider => new ClientNames(services, provider));
        services.TryAddSingleton(CreateRelay);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, TakeOverService>());
        return new ChatRelayBuilder(services);
    }

    private static IChatStreamStore CreateMemoryStore(IServiceProvider provider)
    {
        KeptStreamOptions options = provider.GetRequiredService<IOptions<KeptStreamOptions>>().Value;
        return new MemoryChatStreamStore(new MemoryChatStreamStoreOptions(options.Store)
        {
            MaxMemoryBytes = options.MaxMemoryBytes,
            TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
        });
    }

    private static ChatStreamRelay CreateRelay(IServiceProvider provider)
    {
        KeptStreamOptions kept = provider.GetRequiredService<IOptions<KeptStreamOptions>>().Value;
        IChatStreamStore store = provider.GetRequiredService<IChatStreamStore>();
        ChatStreamRelayOptions options = kept.Relay with
        {
            Clients = provider.GetRequiredService<ClientNames>(),
            // Memory is shared only if the application says so.
            IsStoreShared = kept.IsStoreShared || store is not MemoryChatStreamStore,
        };
        if (options.TimeProvider == TimeProvider.System && provider.GetService<TimeProvider>() is { } time)
            options = options with { TimeProvider = time };
        if (options.LoggerFactory == NullLoggerFactory.Instance && provider.GetService<ILoggerFactory>() is { } loggers)
            options = options with { LoggerFactory = loggers };
        // Nobody else reads the memory of this process: a stored request would be of no use.
        if (!options.IsStoreShared) options = options with { RequestProtector = null };
        else if (options.RequestProtector is null && provider.GetService<IDataProtectionProvider>() is { } protection)
            options = options with { RequestProtector = new DataProtectionProtector(protection, options.LoggerFactory) };
        return new ChatStreamRelay(store, options);
    }
}
