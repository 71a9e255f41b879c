// Tests of an application with a scripted server instead of a provider. A project for them has the packages LlmStream.Testing, xunit.v3,
// xunit.runner.visualstudio and Microsoft.NET.Test.Sdk; in this repository, they run in tests/LlmStream.Docs.Tests.

using LlmStream;
using LlmStream.Testing;
using Xunit;

namespace Samples;

/// <summary>What is tested: it asks a question, and shows what it knows if the answer breaks off.</summary>
public sealed class Assistant(LlmStreamClient client)
{
    public async Task<string> AskAsync(string question)
    {
        try
        {
            return (await client.StreamAsync(question).CollectAsync()).Text;
        }
        catch (ChatStreamException failure)
        {
            return $"{failure.Partial.Text}… ({failure.Error})";
        }
    }
}

public class AssistantTests
{
    private static readonly Script Answer = Script.Answer("Air scatters blue light more than red light.");

    [Fact]
    public async Task An_answer_that_breaks_off_is_resumed()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Answer.ResetAtEvent(4).ThenWithoutFaults());
        using var client = new LlmStreamClient(server.Provider);
        Assert.Equal("Air scatters blue light more than red light.", await new Assistant(client).AskAsync("Why is the sky blue?"));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_truncated_answer_is_not_shown_as_complete()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Answer.CutAtEvent(4));
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider, Resume = LlmResumeOptions.Off });
        Assert.EndsWith("… (Truncated)", await new Assistant(client).AskAsync("Why is the sky blue?"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_reported()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Status(401));
        using var client = new LlmStreamClient(server.Provider);
        Assert.Equal("… (Unauthorized)", await new Assistant(client).AskAsync("Why is the sky blue?"));
    }
}
