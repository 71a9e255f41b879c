using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmStream.Relay.DependencyInjection;

internal sealed class ChatRelayBuilder(IServiceCollection services) : IChatRelayBuilder
{
    public IServiceCollection Services => services;

    public IChatRelayBuilder UseStore(Func<IServiceProvider, ChatStreamStoreOptions, IChatStreamStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        services.Configure<KeptStreamOptions>(static options => options.IsStoreShared = true);
        services.Replace(ServiceDescriptor.Singleton(
            provider => create(provider, provider.GetRequiredService<IOptions<KeptStreamOptions>>().Value.Store)));
        return this;
    }
}
