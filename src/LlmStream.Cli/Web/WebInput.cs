namespace LlmStream.Cli.Web;

/// <summary>The arguments of <c>llmstream web</c> as they were written.</summary>
internal sealed record WebInput
{
    public string? Port { get; init; }

    public string? Provider { get; init; }

    public string? Model { get; init; }

    public string? BaseUrl { get; init; }

    public string? KeyVariable { get; init; }

    public string? Text { get; init; }

    public string? TextFile { get; init; }

    public string? Script { get; init; }

    public string? Rate { get; init; }

    public string[] Faults { get; init; } = [];

    public bool NoResume { get; init; }

    public string? Redis { get; init; }

    public string? Lease { get; init; }

    public string[] Peers { get; init; } = [];
}
