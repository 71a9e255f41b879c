using LlmStream.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream;

/// <summary>What an <see cref="LlmStreamClient"/> asks, whom, and how patiently.</summary>
public sealed class LlmStreamOptions
{
    /// <summary>Whom to ask. Default: <see cref="LlmProvider.OpenAI"/>.</summary>
    public LlmProvider Provider { get; set; } = LlmProvider.OpenAI;

    /// <summary>
    /// The provider's key. Default: <see langword="null"/>, which means the environment variable that
    /// <see cref="LlmProvider.ApiKeyVariable"/> names. A provider on a loopback address needs none.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The model to ask where a request names none. Default: <see langword="null"/>, which means the provider's
    /// <see cref="LlmProvider.DefaultModel"/>.
    /// </summary>
    public string? Model { get; set; }

    /// <summary>Headers that every request is sent with, besides those of the provider. Empty by default.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether the provider is asked for the token counts of each answer where it sends them only on request. Default:
    /// <see langword="true"/>.
    /// </summary>
    public bool RequestUsage { get; set; } = true;

    /// <summary>How streams are read and how large they may grow.</summary>
    public ChatReadOptions Read { get; set; } = new();

    /// <summary>How requests are sent again before the first delta.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>How an answer that breaks off is taken up again. On by default; see there for what it costs.</summary>
    public ResumeOptions Resume { get; set; } = new();

    /// <summary>How long each step may take.</summary>
    public TimeBudgets Timeouts { get; set; } = new();

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the client logs to. Default: nowhere. No prompt, no answer and no key is ever logged.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;
}
