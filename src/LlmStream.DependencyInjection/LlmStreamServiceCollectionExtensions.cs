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
/// <para>
/// Each call registers an <see cref="LlmStreamClient"/> and an <see cref="IChatClient"/> that uses it, both singletons, and a named
/// <see cref="HttpClient"/> whose builder is returned. The options are validated when the host starts: there must be an API key, unless
/// the provider needs none, and a model, unless the provider has a default. They are read once, when the client is created.
/// </para>
/// <para>
/// What is configured for all HTTP clients with <c>ConfigureHttpClientDefaults</c> applies to this one too, such as service discovery,
/// except resilience handlers: handlers whose type is, or derives from, one in the namespaces
/// <c>Microsoft.Extensions.Http.Resilience</c> or <c>Polly</c>, or <c>PolicyHttpMessageHandler</c> of
/// <c>Microsoft.Extensions.Http.Polly</c>, are removed, because their retries would multiply those of the client, and their time limits
/// end answers that are slow to begin. <see cref="LlmStreamHttpClientBuilderExtensions.KeepDefaultResilienceHandlers"/> keeps them.
/// Handlers that are added to the returned builder always stay.
/// </para>
/// </remarks>
/// <example>
/// With a pipeline of Microsoft.Extensions.AI (package Microsoft.Extensions.AI), which replaces the registered <see cref="IChatClient"/>:
/// <code>
/// services.AddLlmStream(configuration.GetSection("Llm"));
/// services.AddChatClient(provider => provider.GetRequiredService&lt;LlmStreamClient>().AsIChatClient())
///     .UseFunctionInvocation();
/// </code>
/// </example>
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
    /// The section. All keys are optional. An unknown key or an invalid value is an error when the host starts. The keys are
    /// <c>Provider</c>, the name of one of <see cref="LlmProvider.All"/>, <c>azure</c>, or <c>compatible</c>; or a section with
    /// <c>Name</c> and any other property of <see cref="LlmProvider"/> that differs, such as <c>Provider:DefaultModel</c> or
    /// <c>Provider:RequestStyle:AcceptsTopK</c>; <c>BaseAddress</c>, which is short for <c>Provider:BaseAddress</c>; <c>ApiKey</c>,
    /// <c>Model</c>, <c>RequestUsage</c>, <c>HedgeAfter</c>, <c>Headers:*</c>; the list <c>Fallbacks</c>, whose entries are names of
    /// providers, or sections with <c>Provider</c>, <c>BaseAddress</c>, <c>ApiKey</c> and <c>Model</c>, as here; and the sections
    /// <c>Read</c>, <c>Retry</c>, <c>Resume</c>, <c>Timeouts</c>, and <c>CircuitBreaker</c>, with the properties of
    /// <see cref="ChatReadOptions"/>, <see cref="LlmRetryOptions"/>, <see cref="LlmResumeOptions"/>, <see cref="LlmTimeoutOptions"/>, and
    /// <see cref="LlmCircuitBreakerOptions"/> as keys, such as <c>Resume:MaxResumes</c>. Time spans are written <c>00:00:30</c>, or
    /// <c>infinite</c>.
    /// </param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// // "Llm": { "Provider": "deepseek", "Timeouts": { "FirstDelta": "00:05:00" }, "Resume": { "MaxResumes": 1 } }
    /// services.AddLlmStream(configuration.GetSection("Llm"));
    /// </code>
    /// </example>
    public static IHttpClientBuilder AddLlmStream(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, null, options => OptionsFromConfiguration.Apply(configuration, options, Options.Options.DefaultName));
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
        return Add(services, name, options => OptionsFromConfiguration.Apply(configuration, options, name));
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
            .ConfigurePrimaryHttpMessageHandler(provider => OperatingSystem.IsBrowser()
                ? new HttpClientHandler { AllowAutoRedirect = false }
                : LlmStreamClient.CreateHandler(provider.GetRequiredService<IOptionsMonitor<LlmStreamOptions>>().Get(optionsName)))
            // The handler renews its connections itself, and the singleton client keeps it for its whole life.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RedactLoggedHeaders(static _ => true)
            // Runs after what is configured for all clients, whenever that is, and before what is added to the returned builder.
            .ConfigureAdditionalHttpMessageHandlers((handlers, provider) =>
            {
                if (!provider.GetRequiredService<IOptionsMonitor<HttpClientSettings>>().Get(httpName).KeepsResilienceHandlers)
                    ResilienceHandlers.Remove(handlers);
            });
    }

    private static void TryAddSingletonWithKey<T>(this IServiceCollection services, string? key, Func<IServiceProvider, T> create)
        where T : class
    {
        if (key is null) services.TryAddSingleton(create);
        else services.TryAddKeyedSingleton(key, (provider, _) => create(provider));
    }
}
