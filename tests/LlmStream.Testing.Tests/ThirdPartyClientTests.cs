using System.ClientModel;
using System.Diagnostics;
using OpenAI;
using OpenAI.Chat;

namespace LlmStream.Testing.Tests;

/// <summary>OpenAI's own clients can read the server, so it speaks more than a private variant of the dialect.</summary>
public sealed class ThirdPartyClientTests
{
    private const string Text = "Blue light 蓝光 is scattered 🌤️.";

    [Fact]
    public async Task OpenAI_NuGet_package_reads_an_answer()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));
        var client = new ChatClient("m", new ApiKeyCredential("key"), new OpenAIClientOptions { Endpoint = server.BaseAddress });

        string text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("Why?"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal((Text, ChatFinishReason.Stop), (text, finish));
        Assert.NotNull(usage);
        Assert.Equal(Text, (await client.CompleteChatAsync("Why?")).Value.Content[0].Text);
    }

    [Fact]
    public async Task OpenAI_npm_package_reads_an_answer()
    {
        // Node searches NODE_PATH for the package.
        const string Check = "require('openai')";
        const string Program = """
            const OpenAI = require('openai');
            (async () => {
                const client = new OpenAI({ apiKey: 'key', baseURL: process.env.BASE_URL, maxRetries: 0 });
                const messages = [{ role: 'user', content: 'Why?' }];
                const stream = await client.chat.completions.create({ model: 'm', stream: true, messages });
                let text = '';
                for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
                process.stdout.write(text);
            })();
            """;
        if (await RunNodeAsync(Check, "") is not (0, _)) Assert.Skip("Node.js or its package 'openai' is not installed.");
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));

        Assert.Equal((0, Text), await RunNodeAsync(Program, server.BaseAddress.AbsoluteUri));
    }

    private static async Task<(int ExitCode, string Output)?> RunNodeAsync(string script, string baseUrl)
    {
        var start = new ProcessStartInfo("node", ["-e", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["BASE_URL"] = baseUrl },
        };
        try
        {
            using Process node = Process.Start(start)!;
            Task<string> errors = node.StandardError.ReadToEndAsync();
            string output = await node.StandardOutput.ReadToEndAsync();
            await errors;
            await node.WaitForExitAsync();
            return (node.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // there is no Node.js
        }
    }
}
