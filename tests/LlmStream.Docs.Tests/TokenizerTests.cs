using LlmStream.Testing;
using Microsoft.Extensions.AI;
using Microsoft.ML.Tokenizers;

namespace LlmStream.Docs.Tests;

/// <summary>The tokenizers of Microsoft.ML.Tokenizers as the counter of a client.</summary>
public class TokenizerTests
{
    private const string Answer = "The sky is blue, because air scatters short waves of light. 天空是蓝色的。";

    [Fact]
    public async Task What_the_provider_does_not_report_is_counted()
    {
        Tokenizer tokenizer = TiktokenTokenizer.CreateForModel("gpt-4o");
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).WithoutUsage());
        using var client = new LlmStreamClient(new LlmStreamOptions
        {
            Provider = server.Provider,
            CountTokens = text => tokenizer.CountTokens(text),
        });
        ChatStreamResult answer = await client.StreamAsync([new ChatMessage(ChatRole.User, "Why is the sky blue?")]).CollectAsync();

        Assert.Equal(Answer, answer.Text);
        Assert.Equal(ChatTokenCount.Estimated(tokenizer.CountTokens(Answer)), answer.OutputTokens);
        Assert.Equal(ChatTokenCount.Estimated(tokenizer.CountTokens("Why is the sky blue?") + 4), answer.InputTokens); // 4 for the message
        Assert.Null(answer.Usage);
    }
}
