using LlmStream;
using LlmStream.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Configures the <see cref="HttpClient"/> of an LlmStream client.</summary>
public static class LlmStreamHttpClientBuilderExtensions
{
    /// <summary>
    /// Applies the resilience handlers that are configured for all HTTP clients
    /// (<c>ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler())</c>) to this client too. Without this call they are
    /// removed.
    /// </summary>
    /// <remarks>
    /// The client retries by itself, so each of its requests is then retried by the handler first; and the handler limits the time until
    /// the response begins (by default 30 seconds in all, 10 seconds for each attempt), which is shorter than many models need. To leave
    /// retries to the handler, set <see cref="LlmStreamOptions.Retry"/> to <see cref="LlmRetryOptions.Off"/>, which turns off resuming as
    /// well.
    /// </remarks>
    /// <param name="builder">A builder that <c>AddLlmStream</c> returned.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    /// <example>
    /// <code>
    /// services.AddLlmStream(options => options.Provider = LlmProvider.DeepSeek).KeepDefaultResilienceHandlers();
    /// </code>
    /// </example>
    public static IHttpClientBuilder KeepDefaultResilienceHandlers(this IHttpClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<HttpClientSettings>(builder.Name, settings => settings.KeepsResilienceHandlers = true);
        return builder;
    }
}
