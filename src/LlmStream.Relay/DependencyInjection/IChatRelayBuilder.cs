using LlmStream.Relay;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Configures kept streams. Returned by <see cref="ChatRelayServiceCollectionExtensions.AddChatRelay"/>.</summary>
public interface IChatRelayBuilder
{
    /// <summary>The services of the application.</summary>
    IServiceCollection Services { get; }

    /// <summary>Keeps the streams in another store, which the nodes of the application share.</summary>
    /// <param name="create">
    /// Creates the store from the services and <see cref="KeptStreamOptions.Store"/>. It is disposed of with the services.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="create"/> is null.</exception>
    IChatRelayBuilder UseStore(Func<IServiceProvider, ChatStreamStoreOptions, IChatStreamStore> create);
}
