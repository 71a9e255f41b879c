namespace LlmStream.Testing;

/// <summary>Options of a <see cref="ChatFrontEndServer"/>.</summary>
public sealed record ChatFrontEndServerOptions
{
    /// <summary>The port on 127.0.0.1. Default: 0, any free port.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The web origins, such as <c>https://app.example</c>, whose pages may use the server. Default: none besides those of this machine.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The pause after each event. Default: 30 ms.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>The time without an event before each comment. Default: 3 s.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The time until the headers of an answer that is slow to begin. Default: 10 s.</summary>
    public TimeSpan SlowStart { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of these times. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
