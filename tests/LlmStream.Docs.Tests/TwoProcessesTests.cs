using System.Diagnostics;
using LlmStream.Testing;

namespace LlmStream.Docs.Tests;

/// <summary>An agent whose process is killed in the middle of an answer, and another process that goes on with its token.</summary>
public class TwoProcessesTests
{
    private const string Answer = "The sky is blue, because air scatters short waves of light more than long ones.";

    private const string Program = """
        using System;
        using System.Diagnostics;
        using System.Text.Json;
        using LlmStream;
        using Microsoft.Agents.AI;
        using Microsoft.Extensions.AI;

        #pragma warning disable MEAI001

        using var client = new LlmStreamClient(new LlmStreamOptions
        {
            Provider = LlmProvider.OpenAIResponses with { BaseAddress = new Uri(args[0]) },
            ApiKey = "key",
            Model = "m-1",
        });
        AIAgent agent = new ChatClientAgent(client.AsIChatClient(), instructions: "Be brief.");
        if (args.Length == 1)
        {
            AgentSession session = await agent.CreateSessionAsync();
            int count = 0;
            await foreach (AgentResponseUpdate update in agent.RunStreamingAsync("Why?", session, new AgentRunOptions { AllowBackgroundResponses = true }))
            {
                Console.Write(update.Text);
                if (++count < 6) continue;
                JsonElement state = await agent.SerializeSessionAsync(session);
                Console.WriteLine();
                Console.WriteLine(state.GetRawText());
                Console.WriteLine(JsonSerializer.Serialize(update.ContinuationToken, AIJsonUtilities.DefaultOptions));
                Console.Out.Flush();
                Process.GetCurrentProcess().Kill();
            }
        }
        else
        {
            AgentSession session = await agent.DeserializeSessionAsync(JsonDocument.Parse(args[1]).RootElement);
            var token = JsonSerializer.Deserialize<ResponseContinuationToken>(args[2], AIJsonUtilities.DefaultOptions);
            await foreach (AgentResponseUpdate update in agent.RunStreamingAsync(session, new AgentRunOptions { ContinuationToken = token }))
                Console.Write(update.Text);
            Console.WriteLine();
            // The session goes on: the next question is chained to the answer.
            AgentResponse next = await agent.RunAsync("And at dusk?", session);
            Console.WriteLine(next.Text);
        }
        """;

    [Fact]
    public async Task Another_process_goes_on_where_the_first_was_killed()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Answer(Answer).Then(Script.Answer(Answer)).Then(Script.Answer("Red.")),
            new ScriptedLlmServerOptions { Dialect = ChatDialect.Responses });
        string program = Path.Combine(AppContext.BaseDirectory, "LlmStream.Docs.TwoProcesses.dll");
        ReadmeTests.Emit(Program, program);
        try
        {
            string[] first = await RunAsync(program, server.BaseAddress.AbsoluteUri);
            Assert.Equal(3, first.Length);
            Assert.StartsWith(first[0], Answer, StringComparison.Ordinal);
            Assert.InRange(first[0].Length, 1, Answer.Length - 1);

            string[] second = await RunAsync(program, server.BaseAddress.AbsoluteUri, first[1], first[2]);
            Assert.Equal(Answer, first[0] + second[0]);
            Assert.Equal("Red.", second[1]);
        }
        finally
        {
            File.Delete(program);
        }

        Assert.Equal(["POST", "GET", "POST"], server.Requests.Select(request => request.Method));
        string id = server.Requests[1].Path.Split('/')[^1];
        Assert.Equal(id, (string?)server.Requests[2].Json!["previous_response_id"]);
        Assert.Single(server.Requests[2].Json!["input"]!.AsArray()); // the new question alone
    }

    /// <returns>The lines of its output.</returns>
    private static async Task<string[]> RunAsync(string program, params string[] arguments)
    {
        string name = Path.Combine(AppContext.BaseDirectory, typeof(TwoProcessesTests).Assembly.GetName().Name!);
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["exec", "--runtimeconfig", name + ".runtimeconfig.json", "--depsfile", name + ".deps.json", program, .. arguments])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(output.Length > 0, await error);
        return output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
