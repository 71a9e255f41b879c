using System.CommandLine;
using LlmStream.Cli.Chat;

namespace LlmStream.Cli.Web;

/// <summary><c>llmstream web</c>: a chat in the browser, with its backend.</summary>
internal static class WebCommand
{
    public const string Name = "web";

    public const string FullName = "llmstream web";

    private const string Description =
        "Serves a chat page and its backend on 127.0.0.1. Without a provider, answers from a script, and needs no API key.";

    private const string HelpFooter = """
        Prints the address of the page, then one line per answer. Endpoints:
          /                     the page
          /api/chat             POST; the body determines the wire protocol: UI messages (useChat), AG-UI, OpenAI, plain JSON.
                                An answer goes on without its client: GET /api/chat/ID/stream resumes it, POST /api/chat/ID/stop
                                stops it; ID is the id of the chat, or that of the answer
          /v1/chat/completions  OpenAI's API, for SDKs and chat UIs; /v1/models lists the model

        The script is the same as that of 'llmstream serve', and so are faults (see 'llmstream serve --help'). They occur between
        the backend and its provider: an answer is resumed, and the page shows where. With --no-resume, the failure reaches the page.

        Answers are kept in this process for 15 minutes after their end, with --redis in Redis. Nodes with the same Redis serve the
        same answers, and if one is gone, another continues its answers: at once if it was stopped, after --lease if it was killed.
        The page reconnects to its own address, then to each --peer; a peer's page may use this node too. Start the nodes with the
        same provider and model. To continue an answer, its request is kept in Redis while it runs, encrypted by ASP.NET's Data
        Protection with keys in the folder of the user (such as ~/.aspnet/DataProtection-Keys): run all nodes as one user. Answers
        are not encrypted. A password of Redis is read from the environment variable REDISCLI_AUTH.

        Only this machine can use the server: requests with a Host header of another name, or from a web page of another machine
        (Origin), are refused with status 403, except those of a --peer.

        Examples:
          llmstream web
          llmstream web --provider deepseek
          llmstream web --base-url http://localhost:8000/v1 --model my-model --port 8080
          llmstream web --fault reset@#40
          llmstream web --fault "reset@#40*" --no-resume
          llmstream web --redis localhost:6379 --port 8081 --peer http://localhost:8082
          llmstream web --redis localhost:6379 --port 8082 --peer http://localhost:8081

        Exit codes:
          0  stopped by Ctrl+C or SIGTERM
          1  the port is in use, or Redis cannot be reached
          2  the arguments are invalid
        """;

    public static Command Create(CliEnvironment environment)
    {
        var port = new Option<string>("--port") { Description = "The port. Default: any free port.", HelpName = "N" };
        ProviderOptions llm = ProviderOptions.Create();
        var text = new Option<string>("--text") { Description = "The text to answer.", HelpName = "TEXT" };
        var textFile = new Option<string>("--text-file") { Description = "A UTF-8 file with the text to answer.", HelpName = "FILE" };
        var script = new Option<string>("--script") { Description = "What to answer, request by request.", HelpName = "FILE" };
        var rate = new Option<string>("--rate")
        {
            Description = $"Events per second of a scripted answer. Default: {WebArguments.DefaultRate}.", HelpName = "N",
        };
        var fault = new Option<string[]>("--fault")
        {
            Description = "A fault of the scripted answer. May be repeated.", HelpName = "FAULT",
        };
        var noResume = new Option<bool>("--no-resume")
        {
            Description = "Do not retry a failed request, or resume an interrupted answer.",
        };
        var redis = new Option<string>("--redis")
        {
            Description = "Where to keep answers, so that other nodes have them too. Default: in this process.", HelpName = "HOST:PORT",
        };
        var lease = new Option<string>("--lease")
        {
            Description = "After how many seconds without a sign of life of its node another node continues an answer; the same on all "
                + $"nodes. Default: {RedisArguments.DefaultLease}.",
            HelpName = "SECONDS",
        };
        var peer = new Option<string[]>("--peer")
        {
            Description = "Another address of the application, for the page: that of another node or a proxy. May be repeated.",
            HelpName = "URL",
        };
        var command = new CommandWithExamples(Name, Description, HelpFooter)
        {
            port, llm.Provider, llm.Model, llm.BaseUrl, llm.KeyVariable, text, textFile, script, rate, fault, noResume,
            redis, lease, peer,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var input = new WebInput
            {
                Port = result.GetValue(port),
                Provider = result.GetValue(llm.Provider),
                Model = result.GetValue(llm.Model),
                BaseUrl = result.GetValue(llm.BaseUrl),
                KeyVariable = result.GetValue(llm.KeyVariable),
                Text = result.GetValue(text),
                TextFile = result.GetValue(textFile),
                Script = result.GetValue(script),
                Rate = result.GetValue(rate),
                Faults = result.GetValue(fault) ?? [],
                NoResume = result.GetValue(noResume),
                Redis = result.GetValue(redis),
                Lease = result.GetValue(lease),
                Peers = result.GetValue(peer) ?? [],
            };
            return WebRun.RunAsync(
                WebArguments.Parse(input, environment), result.InvocationConfiguration, environment, cancellationToken);
        });
        return command;
    }
}
