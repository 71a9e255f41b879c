using System.CommandLine;
using LlmStream.AspNetCore;
using LlmStream.Cli.Answers;
using LlmStream.Cli.Chat;
using LlmStream.Relay;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using StackExchange.Redis;

namespace LlmStream.Cli.Web;

/// <summary>Runs the web application until it is canceled, and prints one line per answer.</summary>
internal static class WebRun
{
    public static async Task<int> RunAsync(
        WebArguments arguments, InvocationConfiguration console, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (arguments.Redis is null) return await RunAsync(arguments, redis: null, console, cancellationToken).ConfigureAwait(false);
        ConnectionMultiplexer redis = await RedisConnection.ConnectAsync(arguments.Redis.Address, environment).ConfigureAwait(false);
        await using (redis.ConfigureAwait(false)) return await RunAsync(arguments, redis, console, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(
        WebArguments arguments, ConnectionMultiplexer? redis, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        if (arguments.Script is null) return await ServeAsync(arguments, redis, console, cancellationToken).ConfigureAwait(false);
        var options = new ScriptedLlmServerOptions { TimeProvider = arguments.Options.TimeProvider };
        ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(arguments.Script, options, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            arguments.Options.Provider = server.Provider with { Continuation = ChatContinuation.Prefill };
            return await ServeAsync(arguments, redis, console, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<int> ServeAsync(
        WebArguments arguments, ConnectionMultiplexer? redis, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        LlmStreamOptions options = arguments.Options;
        using LlmStreamClient client = ChatArguments.CreateClient(options);
        var log = new LineLog(WebCommand.FullName, console);
        string model = options.Model ?? options.Provider.DefaultModel ?? options.Provider.Name;
        using var warnings = new WarningLog(console, options.TimeProvider);
        WebApplication app = WebApp.Create(arguments, client, model, redis, warnings, (path, result) => log.TryWrite(Format(path, result)));
        await using (app.ConfigureAwait(false))
        {
            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException exception)
            {
                // The port is in use.
                string message = TerminalText.EscapeLine($"{WebCommand.FullName}: {exception.Message}");
                await console.Error.WriteLineAsync(message).ConfigureAwait(false);
                return ExitCodes.Failure;
            }

            log.Write(app.Urls.First() + "/");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return ExitCodes.Success;
    }

    /// <summary>For example <c>POST /api/chat ui-messages 812 characters, complete (stop), 2 attempts</c>.</summary>
    private static string Format(string path, ChatRelayResult result)
    {
        ChatStreamResult answer = result.Answer;
        string outcome = result.Outcome switch
        {
            ChatRelayOutcome.Completed => AnswerSummary.FormatCompletion(answer),
            ChatRelayOutcome.Canceled => "stopped",
            _ when result.Exception?.InnerException is ChatStreamRelayException { Error: ChatStreamRelayError.ServerShutdown } =>
                "stopped with the server",
            _ when result.Exception is ChatStreamException failure => $"failed: {AnswerSummary.FormatFailure(failure)}",
            _ => $"failed: {result.Exception?.Message}",
        };
        bool hasAttempts = result.Outcome == ChatRelayOutcome.Completed && answer.Attempts is [.., { Number: > 1 }];
        string attempts = hasAttempts ? $", {answer.Attempts[^1].Number} attempts" : "";
        return $"POST {path} {result.Request?.Wire.Name ?? "-"} {DisplayText.Count(answer.Text.Length, "character")}, {outcome}{attempts}";
    }
}
