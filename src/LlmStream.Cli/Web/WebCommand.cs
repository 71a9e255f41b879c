using System.CommandLine;
using LlmStream.Cli.Chat;

namespace LlmStream.Cli.Web;

/// <summary><c>llmstream web</c>: a chat in the browser, with its backend.</summary>
internal static class WebCommand
{
    public const string Name = "web";

    private const string Description =
        "Serves a chat page and its backend on 127.0.0.1. Without a provider, answers from a script, and needs no API key.";

    private const string HelpFooter = """
        Prints the address of the page, then one line per answer. Endpoints:
          /                     the page
          /api/chat             POST; the body determines the wire protocol: UI messages (useChat), AG-UI, OpenAI, plain JSON
          /v1/chat/completions  OpenAI's API, for SDKs and chat UIs; /v1/models lists the model

        The script is the same as that of 'llmstream serve', and so are faults (see 'llmstream serve --help'). They occur between
        the backend and its provider: an answer is resumed, and the page shows where. With --no-resume, the failure reaches the page.

        Only this machine can use the server: requests with a Host header of another name, or from a web page of another machine
        (Origin), are refused with status 403.

        Examples:
          llmstream web
          llmstream web --provider deepseek
          llmstream web --base-url http://localhost:8000/v1 --model my-model --port 8080
          llmstream web --fault reset@#40
          llmstream web --fault "reset@#40*" --no-resume

        Exit codes:
          0  stopped by Ctrl+C or SIGTERM
          1  the port is in use
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
        var command = new CommandWithExamples(Name, Description, HelpFooter)
        {
            port, llm.Provider, llm.Model, llm.BaseUrl, llm.KeyVariable, text, textFile, script, rate, fault, noResume,
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
            };
            return WebRun.RunAsync(WebArguments.Parse(input, environment), result.InvocationConfiguration, cancellationToken);
        });
        return command;
    }
}
