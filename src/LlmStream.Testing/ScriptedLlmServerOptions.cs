namespace LlmStream.Testing;

/// <summary>Options of a <see cref="ScriptedLlmServer"/>.</summary>
public sealed record ScriptedLlmServerOptions
{
    /// <summary>The port on 127.0.0.1. Default: 0, any free port.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The dialect of every <c>POST</c>, whatever its path. Default: <see langword="null"/>, determined by the path and the headers of
    /// each request, such as <c>…/chat/completions</c>, <c>…/responses</c>, <c>…:streamGenerateContent</c> or the header
    /// <c>X-TC-Action: Chat…</c>.
    /// </summary>
    public ChatDialect? Dialect { get; init; }

    /// <summary>
    /// The web origins, such as <c>https://app.example</c>, whose pages may use the server. Default: none besides those of this machine.
    /// A request from another origin, or with a <c>Host</c> header that is not a name of this machine, is refused with status 403 and
    /// takes no step of the script.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// How streams are kept and replayed, besides the replays of a dialect itself. Default: <see cref="ReplayKind.None"/>.
    /// </summary>
    public ReplayKind Replay { get; init; }

    /// <summary>
    /// How long after its creation a stored answer can be streamed again; after that it is refused with status 400, and only its state
    /// can be requested. Default: 5 minutes, as at OpenAI.
    /// </summary>
    public TimeSpan StreamReplayLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock for stalls, delays, rates and the age of answers. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Called when a request has been received, before the server replies. Default: none.</summary>
    public Action<ScriptedRequest>? OnRequestReceived { get; init; }
}
