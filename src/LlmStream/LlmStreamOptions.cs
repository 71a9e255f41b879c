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
///     Timeouts = new LlmTimeoutOptions { FirstDelta = TimeSpan.FromMinutes(5) },
/// });
/// </code>
/// </example>
public sealed class LlmStreamOptions
{
    private ILoggerFactory _loggerFactory = NullLoggerFactory.Instance;
    private ILogger? _logger;

    private TimeSpan? _hedgeAfter;

    /// <summary>The provider to use. Default: <see cref="LlmProvider.OpenAI"/>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public LlmProvider Provider
    {
        get => field ??= LlmProvider.OpenAI; // not before it is read: most programs set it
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    }

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

    /// <summary>
    /// Counts the tokens of a text, for what a provider does not report (<see cref="ChatTokenSource.Estimated"/>): usually the tokenizer
    /// of the model, from the package Microsoft.ML.Tokenizers. Default: <see langword="null"/>, which means a rule: 0.3 tokens for each
    /// Latin character, 0.5 for each half of a surrogate pair and 0.6 for any other, 10 for each tool call and 4 for each message. It is
    /// called only if something must be estimated, perhaps on several threads. If it fails or returns a negative number, the rule is
    /// used.
    /// </summary>
    /// <remarks>
    /// Compared with the counts of the providers in 108 recorded answers of at least 20 tokens, half of the rule's estimates are wrong by
    /// at most 26 %, and four of five by at most 52 %; of answers in Chinese half by at most 19 %, and of answers with tool calls half by
    /// at most 27 %. No estimate includes reasoning that the provider does not show, or output after a lost connection.
    /// </remarks>
    /// <example>
    /// <code>
    /// Tokenizer tokenizer = TiktokenTokenizer.CreateForModel("gpt-4o"); // Microsoft.ML.Tokenizers.Data.O200kBase
    /// options.CountTokens = text => tokenizer.CountTokens(text);
    /// </code>
    /// </example>
    public Func<string, int>? CountTokens { get; set; }

    /// <summary>How streams are read, and their limits.</summary>
    public ChatReadOptions Read { get; set; } = new();

    /// <summary>How requests are retried before the first delta.</summary>
    public LlmRetryOptions Retry { get; set; } = new();

    /// <summary>How answers that break off are resumed. On by default; see <see cref="LlmResumeOptions"/> for what it costs.</summary>
    public LlmResumeOptions Resume { get; set; } = new();

    /// <summary>
    /// The providers that take over, in order, when <see cref="Provider"/> fails; see <see cref="LlmFallback"/>. Default: none.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Before the first delta, the next provider gets the request when the retries at the one before it are used up; or at once if a retry
    /// there is pointless: the key, the quota, a model that does not exist, a conversation that is too long. After the first delta, it is
    /// asked to continue the partial answer, in the way that its format and model allow, when the resumes at the one before it are used
    /// up. Each provider has the budgets of <see cref="Retry"/> and <see cref="Resume"/> to itself; <see cref="LlmTimeoutOptions.Total"/>
    /// covers all of them. No provider is used twice.
    /// </para>
    /// <para>
    /// Messages, tools and options are written anew in the format of the fallback, with its own model. What only the first provider
    /// understands is left out if the fallback has another name: signatures of reasoning, and, if its format differs, additional
    /// properties of the options and messages.
    /// </para>
    /// <para>
    /// By default, no fallback is used for an error that is the caller's (other HTTP 4xx), for a content filter, a limit of
    /// <see cref="Read"/>, or when the total time is used up. An error states the <see cref="ChatStreamException.FallbackRefusal"/>.
    /// </para>
    /// </remarks>
    public IList<LlmFallback> Fallbacks { get; private set; } = [];

    /// <summary>
    /// Chooses the fallback by the failure: one of <see cref="LlmFallbackContext.Remaining"/>, or <see langword="null"/> to fail.
    /// Default: <see langword="null"/>, which means <see cref="LlmFallbackContext.Default"/>. An exception that it throws ends the call.
    /// </summary>
    /// <example>
    /// <code>
    /// // A model with a larger context window, only if the conversation is too long.
    /// options.SelectFallback = context => context.Exception.ProviderCode == "context_length_exceeded"
    ///     ? context.Remaining.FirstOrDefault(fallback => fallback.Provider.Name == "gemini")
    ///     : context.Default;
    /// </code>
    /// </example>
    public Func<LlmFallbackContext, LlmFallback?>? SelectFallback { get; set; }

    /// <summary>When a provider that keeps failing is skipped. Only used if there are <see cref="Fallbacks"/>.</summary>
    public LlmCircuitBreakerOptions CircuitBreaker { get; set; } = new();

    /// <summary>
    /// How long to wait for the first delta before the first fallback, or the same provider if there is none, gets the request too. The
    /// first attempt with text, reasoning, a refusal or a tool call is used, and the other is cancelled. Default: <see langword="null"/>,
    /// which means that no request is sent twice at a time.
    /// </summary>
    /// <remarks>
    /// Costs: each request that is hedged is paid twice, at least its input; a provider may bill a cancelled answer in full, and reports
    /// no usage for it (<see cref="ChatAttempt.IsCanceled"/>). Set it to about the 95th percentile of the time to the first delta, so that
    /// 5 % of the requests are sent twice. Nothing is hedged after the first delta, nor when an answer is resumed.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, or longer than a day.</exception>
    public TimeSpan? HedgeAfter
    {
        get => _hedgeAfter;
        set
        {
            if (value is { } after)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(after, TimeSpan.Zero, nameof(value));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(after, TimeSpan.FromDays(1), nameof(value));
            }

            _hedgeAfter = value;
        }
    }

    /// <summary>How long each step may take.</summary>
    public LlmTimeoutOptions Timeouts { get; set; } = new();

    /// <summary>The clock of all timeouts and delays. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Creates the client's logger. Default: nothing is logged. Prompts, answers and keys are never logged.</summary>
    public ILoggerFactory LoggerFactory
    {
        get => _loggerFactory;
        set => (_loggerFactory, _logger) = (value, null);
    }

    /// <summary>The client's logger. Kept, because creating one costs as much as reading an event.</summary>
    internal ILogger Logger => _logger ??= LoggerFactory.CreateLogger<LlmStreamClient>();

    /// <summary>Copies the options. Their values are immutable, except the lists, which are copied too.</summary>
    internal LlmStreamOptions Copy()
    {
        var copy = (LlmStreamOptions)MemberwiseClone();
        copy.Headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase);
        copy.Fallbacks = [.. Fallbacks];
        return copy;
    }

    /// <summary>Copies the options for requests to a fallback, which has none itself.</summary>
    internal LlmStreamOptions CopyFor(LlmFallback fallback)
    {
        LlmStreamOptions copy = Copy();
        copy.Provider = fallback.Provider;
        copy.ApiKey = fallback.ApiKey;
        copy.Model = fallback.Model;
        copy.Headers.Clear(); // they may hold credentials of the first provider
        copy.Fallbacks.Clear();
        // The other continuations are ways of one provider.
        if (Resume.Continuation is not (null or ChatContinuation.Instruction or ChatContinuation.Restart))
            copy.Resume = Resume with { Continuation = null };
        return copy;
    }
}
