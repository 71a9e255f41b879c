using LlmStream;
using LlmStream.DependencyInjection;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers LlmStream clients.</summary>
/// <remarks>
/// Each call registers an <see cref="LlmStreamClient"/> and an <see cref="IChatClient"/> that uses it, both singletons, and a named
/// <see cref="HttpClient"/> whose builder is returned. Options are validated when the host starts.
/// </remarks>
public static class LlmStreamServiceCollectionExtensions
{
    /// <summary>Registers a client.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="configure">Sets the provider and the other options.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// services.AddLlmStream(options => options.Provider = LlmProvider.DeepSeek);
    /// </code>
    /// </example>
    public static IHttpClientBuilder AddLlmStream(this IServiceCollection services, Action<LlmStreamOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, null, configure);
    }

    /// <summary>Registers a client as a keyed service, so that there can be several.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="name">The service key, and the name of the options.</param>
    /// <param name="configure">Sets the provider and the other options.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    /// <example>
    /// <code>
    /// services.AddLlmStream("cheap", options => options.Provider = LlmProvider.DeepSeek);
    /// // public class Summary([FromKeyedServices("cheap")] LlmStreamClient client)
    /// </code>
    /// </example>
    public static IHttpClientBuilder AddLlmStream(this IServiceCollection services, string name, Action<LlmStreamOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, name, configure);
    }

    /// <summary>Registers a client that is configured by a configuration section.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="configuration">
    /// The section, with the keys <c>Provider</c> (a name of <see cref="LlmProvider.All"/>, <c>azure</c> or <c>compatible</c>),
    /// <c>BaseAddress</c>, <c>ApiKey</c>, <c>Model</c>, <c>RequestUsage</c>, <c>Headers:*</c>, the time spans <c>Timeouts:Connect</c>,
    /// <c>Timeouts:FirstDelta</c>, <c>Timeouts:IdleBytes</c>, <c>Timeouts:IdleDeltas</c> and <c>Timeouts:Total</c>,
    /// <c>Retry:MaxRetries</c>, and the time spans <c>Retry:BaseDelay</c>, <c>Retry:MaxDelay</c> and <c>Retry:MaxRetryAfter</c>. All
    /// are optional.
    /// </param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IHttpClientBuilder AddLlmStream(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, null, options => OptionsFromConfiguration.Apply(configuration, options));
    }

    /// <summary>Registers a client as a keyed service, configured by a configuration section.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="name">The service key, and the name of the options.</param>
    /// <param name="configuration">The section; see <see cref="AddLlmStream(IServiceCollection, IConfiguration)"/>.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static IHttpClientBuilder AddLlmStream(this IServiceCollection services, string name, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, name, options => OptionsFromConfiguration.Apply(configuration, options));
    }

    private static IHttpClientBuilder Add(IServiceCollection services, string? name, Action<LlmStreamOptions> configure)
    {
        string optionsName = name ?? Options.Options.DefaultName;
        string httpName = name is null ? "LlmStream" : $"LlmStream:{name}";

        services.AddLogging();
        services.AddOptions<LlmStreamOptions>(optionsName)
            .Configure<IServiceProvider>((options, provider) =>
            {
                options.LoggerFactory = provider.GetRequiredService<ILoggerFactory>();
                if (provider.GetService<TimeProvider>() is { } time) options.TimeProvider = time;
            })
            .Configure(configure)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<LlmStreamOptions>>(new OptionsValidator(optionsName));

        services.TryAddSingletonWithKey(name, provider => new LlmStreamClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(httpName),
            provider.GetRequiredService<IOptionsMonitor<LlmStreamOptions>>().Get(optionsName)));
        services.TryAddSingletonWithKey(name, provider =>
        {
            LlmStreamClient client =
                name is null ? provider.GetRequiredService<LlmStreamClient>() : provider.GetRequiredKeyedService<LlmStreamClient>(name);
            return client.AsIChatClient();
        });

        return services.AddHttpClient(httpName)
            .ConfigureHttpClient(http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider =>
                LlmStreamClient.CreateHandler(provider.GetRequiredService<IOptionsMonitor<LlmStreamOptions>>().Get(optionsName)))
            // The handler renews its connections itself, and the singleton client keeps it for its whole life.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RedactLoggedHeaders(static _ => true);
    }

    private static void TryAddSingletonWithKey<T>(this IServiceCollection services, string? key, Func<IServiceProvider, T> create)
        where T : class
    {
        if (key is null) services.TryAddSingleton(create);
        else services.TryAddKeyedSingleton(key, (provider, _) => create(provider));
    }
}
