using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream;

/// <summary>
/// The options of an <see cref="LlmStreamClient"/>. A client copies them when it is created: later changes have no effect on it.
/// </summary>
/// <example>
/// <code>
/// using var client = new LlmStreamClient(new LlmStreamOptions
/// {
///     Provider = LlmProvider.DeepSeek,
///     Model = "deepseek-reasoner",
///     Timeouts = new LlmTimeBudgets { FirstDelta = TimeSpan.FromMinutes(5) },
/// });
/// </code>
/// </example>
public sealed class LlmStreamOptions
{
    /// <summary>The provider to use. Default: <see cref="LlmProvider.OpenAI"/>.</summary>
    public LlmProvider Provider { get; set; } = LlmProvider.OpenAI;

    /// <summary>
    /// The provider's API key. Default: <see langword="null"/>, which means the value of the environment variable
    /// <see cref="LlmProvider.ApiKeyVariable"/>. A provider on a loopback address needs no key.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The model of requests that do not name one. Default: <see langword="null"/>, which means
    /// <see cref="LlmProvider.DefaultModel"/>.
    /// </summary>
    public string? Model { get; set; }

    /// <summary>
    /// Headers of every request, in addition to those of the provider. Default: none. A value with a control character, such as a line
    /// break, is refused with an <see cref="ArgumentException"/> when a request is made.
    /// </summary>
    public IDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether token counts are requested from providers that send them only on request. Default: <see langword="true"/>.
    /// </summary>
    public bool RequestUsage { get; set; } = true;

    /// <summary>How streams are read, and their limits.</summary>
    public ChatReadOptions Read { get; set; } = new();

    /// <summary>How requests are retried before the first delta.</summary>
    public LlmRetryOptions Retry { get; set; } = new();

    /// <summary>How answers that break off are resumed. On by default; see <see cref="LlmResumeOptions"/> for what it costs.</summary>
    public LlmResumeOptions Resume { get; set; } = new();

    /// <summary>How long each step may take.</summary>
    public LlmTimeBudgets Timeouts { get; set; } = new();

    /// <summary>The clock of all timeouts and delays. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Creates the client's logger. Default: nothing is logged. Prompts, answers and keys are never logged.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Copies the options. Their values are immutable, except the headers, which are copied too.</summary>
    internal LlmStreamOptions Copy()
    {
        var copy = (LlmStreamOptions)MemberwiseClone();
        copy.Headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase);
        return copy;
    }
}
