namespace LlmStream.Testing;

/// <summary>How a <see cref="ScriptedLlmServer"/> runs.</summary>
public sealed class ScriptedLlmServerOptions
{
    /// <summary>The port on 127.0.0.1. Default: 0, a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The dialect of every <c>POST</c>, whatever its path. Default: <see langword="null"/>, chosen by the path and the
    /// headers of each request (such as <c>…/chat/completions</c>, <c>…/responses</c>, <c>…:streamGenerateContent</c>, or the header
    /// <c>X-TC-Action: Chat…</c>).
    /// </summary>
    public ChatDialect? Dialect { get; init; }

    /// <summary>The clock of stalls, delays and rates. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Called when a request has arrived whole, before it is answered. Default: nothing.</summary>
    public Action<ScriptedRequest>? RequestReceived { get; init; }
}
