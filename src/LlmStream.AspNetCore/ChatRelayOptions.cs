using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore;

/// <summary>Options of a relay. Each endpoint has its own.</summary>
public sealed class ChatRelayOptions
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    private long? _maxRequestBytes;

    /// <summary>
    /// The wire of the endpoint. Default: <see langword="null"/>, recognized by the body of each request.
    /// </summary>
    public ChatWire? Wire { get; set; }

    /// <summary>
    /// After how long a silence a comment is sent, so that neither the browser nor a proxy takes the connection for dead. Default: 15 s.
    /// From 1 ms to a day, or <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long the response waits for the first delta. Until then a failure has an HTTP status of its own; after that the response begins
    /// with status 200, and a failure is an event. Default: 10 s. From 0 to a day, or <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan HeadersAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long running answers may go on when the server shuts down, before they end with an error. Default: 20 s. A client that does not
    /// read has another 5 s; together this is less than the 30 s after which ASP.NET Core's host aborts connections
    /// (<c>HostOptions.ShutdownTimeout</c>). Requests that arrive meanwhile are answered with 503. From 0 to a day.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The largest request body, in bytes: 413 above it. Images and other files are part of the body. Default: 10 MiB, or the web server's
    /// limit if that is less. A value that is set raises the web server's limit (Kestrel's is 30,000,000) for this endpoint.
    /// </summary>
    public long MaxRequestBytes { get => _maxRequestBytes ?? 10 * 1024 * 1024; set => _maxRequestBytes = value; }

    /// <summary>The highest number of messages in a request: 400 above it. Default: 1,000.</summary>
    public int MaxMessages { get; set; } = 1_000;

    /// <summary>
    /// Whether <c>GET</c> with a query (<c>?message=…</c> or <c>?prompt=…</c>) is answered too, for <c>EventSource</c>. Default:
    /// <see langword="false"/>, because a link in any page can send it. The response begins at once, with an id, so that a failure is
    /// always an event; a connection that <c>EventSource</c> makes anew after an end is answered with 204 and generates nothing.
    /// </summary>
    public bool AllowGet { get; set; }

    /// <summary>
    /// The models that <c>GET …/models</c> lists, beside an endpoint whose pattern ends with <c>/chat/completions</c>. Default:
    /// <c>default</c> alone. Which model answers is decided by the handler.
    /// </summary>
    public IList<string> Models { get; set; } = ["default"];

    /// <summary>
    /// Gives the text that the browser is shown for a failure, or <see langword="null"/> for the text of the library. Default: none:
    /// a general sentence for each kind of failure, without the provider's words, which may contain hosts, keys or prompts. The exception
    /// is a <see cref="ChatStreamException"/>, or whatever the handler threw.
    /// </summary>
    /// <example>
    /// <code>
    /// options.DescribeError = error => (error as ChatStreamException)?.ProviderMessage; // for users who may see it
    /// </code>
    /// </example>
    public Func<Exception, string?>? DescribeError { get; set; }

    /// <summary>
    /// Called once for each answer, however it ended and even if the client has disconnected, with the whole answer: the place to store
    /// the conversation. The connection of a client that still listens is closed after it. Its exceptions are logged. Default: none.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Once it has returned for a complete answer of a kept stream, the conversation has the answer, and a client that resumes gets
    /// nothing; see <see cref="CanResumeFinished"/>.
    /// </para>
    /// <para>
    /// For a kept stream it is called on the node that ends it, or that has the store end it because its producer is gone. It is not called
    /// if that node dies between the end and the call, nor if the store stays unavailable until the producer gives up.
    /// </para>
    /// </remarks>
    public Func<ChatRelayResult, Task>? OnFinished { get; set; }

    /// <summary>
    /// Whether a client can resume a complete answer by the id of its conversation after <see cref="OnFinished"/> has returned too. For
    /// applications whose <see cref="OnFinished"/> does not store the conversation, but counts or logs. Default: <see langword="false"/>,
    /// because a client that gets the answer from the conversation would show it twice. Without effect if streams are not kept.
    /// </summary>
    public bool CanResumeFinished { get; set; }

    /// <summary>
    /// Gives the owner of a kept stream, who alone can resume and stop it, or <see langword="null"/> for the default: the authenticated
    /// user, by the claim <c>sub</c> or <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/> and its issuer, otherwise the
    /// browser, by a random cookie. Default: none. Without effect if streams are not kept.
    /// </summary>
    /// <remarks>
    /// A browser gets its cookie with the headers of the first response, which wait for the answer (<see cref="HeadersAfter"/>). If that is
    /// the answer to its first message, and the page is left before, it cannot be resumed. A page that looks for an answer to resume when
    /// it loads, as <c>useChat</c> does with <c>resume</c>, has its cookie before it sends anything.
    /// </remarks>
    /// <example>
    /// <code>
    /// options.Owner = http => http.User.FindFirst("tenant_user")?.Value;
    /// </code>
    /// </example>
    public Func<HttpContext, string?>? Owner { get; set; }

    /// <summary>Whether the application chose <see cref="MaxRequestBytes"/>.</summary>
    internal bool IsMaxRequestBytesSet => _maxRequestBytes is not null;

    /// <summary>A copy that later changes of the original do not reach.</summary>
    /// <exception cref="ArgumentException">A value is not valid.</exception>
    internal ChatRelayOptions Snapshot()
    {
        CheckTime(HeartbeatInterval, nameof(HeartbeatInterval), TimeSpan.FromMilliseconds(1), mayBeInfinite: true);
        CheckTime(HeadersAfter, nameof(HeadersAfter), TimeSpan.Zero, mayBeInfinite: true);
        CheckTime(ShutdownTimeout, nameof(ShutdownTimeout), TimeSpan.Zero, mayBeInfinite: false);
        if (MaxRequestBytes is < 1 or > int.MaxValue) throw Invalid(nameof(MaxRequestBytes), $"must be from 1 to {int.MaxValue}");
        if (MaxMessages < 1) throw Invalid(nameof(MaxMessages), "must be positive");
        if (Models is null || Models.Any(string.IsNullOrWhiteSpace)) throw Invalid(nameof(Models), "must not contain a blank name");
        var copy = (ChatRelayOptions)MemberwiseClone();
        copy.Models = [.. Models];
        return copy;
    }

    /// <summary>A copy for responses that only read an answer.</summary>
    internal ChatRelayOptions WithoutReport()
    {
        var copy = (ChatRelayOptions)MemberwiseClone();
        copy.OnFinished = null;
        return copy;
    }

    private static void CheckTime(TimeSpan value, string name, TimeSpan min, bool mayBeInfinite)
    {
        if (mayBeInfinite && value == Timeout.InfiniteTimeSpan) return;
        string infinite = mayBeInfinite ? ", or infinite" : "";
        if (value < min || value > MaxTime) throw Invalid(name, $"must be from {min:c} to {MaxTime:c}{infinite}; it is {value:c}");
    }

    private static ArgumentException Invalid(string name, string what) => new($"{nameof(ChatRelayOptions)}.{name} {what}.", name);
}
