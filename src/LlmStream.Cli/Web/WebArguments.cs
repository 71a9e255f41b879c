using LlmStream.Cli.Chat;
using LlmStream.Cli.Serve;
using LlmStream.Testing;

namespace LlmStream.Cli.Web;

/// <summary>The validated arguments of <c>llmstream web</c>.</summary>
/// <param name="Port">The port, or 0 for any free one.</param>
/// <param name="Options">The options of the client; their provider applies unless there is a script.</param>
/// <param name="Script">What to answer, or null if a provider answers.</param>
internal sealed record WebArguments(int Port, LlmStreamOptions Options, Script? Script)
{
    /// <summary>The default of <c>--rate</c>, in events per second: about the rate of a hosted model.</summary>
    public const double DefaultRate = 30;

    /// <summary>Where the answers are kept, so that other nodes have them too, or null to keep them in this process.</summary>
    public RedisArguments? Redis { get; init; }

    /// <summary>The other addresses at which the page can reach the application.</summary>
    public IReadOnlyList<Uri> Peers { get; init; } = [];

    /// <summary>Validates the arguments, and reads the files they name and the API key.</summary>
    /// <exception cref="UsageException">An argument is invalid, a file cannot be read, or the API key is missing.</exception>
    public static WebArguments Parse(WebInput input, CliEnvironment environment)
    {
        int port = ServeArguments.ParsePort(input.Port);
        LlmStreamOptions options;
        Script? script = null;
        if (input.Provider is null && input.BaseUrl is null)
        {
            if (FirstOf(("--model", input.Model), ("--key-env", input.KeyVariable)) is { } option)
                throw new UsageException($"{option} requires --provider or --base-url");
            options = new LlmStreamOptions { TimeProvider = environment.Time };
            script = ServeArguments.ParseScript(
                input.Script, input.Text, input.TextFile, input.Faults, input.Rate, WebText.Answer, DefaultRate);
        }
        else
        {
            if (FindScriptOption(input) is { } option)
                throw new UsageException($"{option} is for scripted answers and cannot be combined with --provider or --base-url");
            options = ChatArguments.ParseOptions(input.Provider, input.BaseUrl, input.Model, input.KeyVariable, environment);
        }

        if (input.NoResume) (options.Retry, options.Resume) = (LlmRetryOptions.Off, LlmResumeOptions.Off);
        return new WebArguments(port, options, script)
        {
            Redis = RedisArguments.Parse(input.Redis, input.Lease),
            Peers = [.. input.Peers.Select(peer => ServeArguments.ParseOrigin("--peer", peer))],
        };
    }

    private static string? FindScriptOption(WebInput input) => FirstOf(
        ("--text", input.Text),
        ("--text-file", input.TextFile),
        ("--script", input.Script),
        ("--rate", input.Rate),
        ("--fault", input.Faults.FirstOrDefault()));

    private static string? FirstOf(params (string Name, string? Value)[] options) =>
        options.FirstOrDefault(option => option.Value is not null).Name;
}
