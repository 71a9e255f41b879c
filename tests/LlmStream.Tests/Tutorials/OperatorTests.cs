using System.Text;
using LlmStream.Testing;

namespace LlmStream.Tests.Tutorials;

/// <summary>The sections of the tutorial on the engineering of streaming that an operator implements.</summary>
public class OperatorTests
{
    private const string Code = "Here is a sort:\n```python\nprint(sorted([3, 1, 2]))\n```\nIt prints `[1, 2, 3]`.";

    /// <summary>3.3, "背压控制": a queue of 100.</summary>
    [Fact]
    public async Task A_slow_consumer_reads_through_a_bounded_buffer()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(string.Concat(Enumerable.Repeat("讲个长故事。", 200))).InChunksOf(1));
        using var client = new LlmStreamClient(server.Provider);
        int total = 0;
        await foreach (ChatDelta delta in client.StreamAsync("讲个长故事").ReadAhead(100))
        {
            await Task.Yield();
            total += delta.Text.Length;
        }

        Assert.Equal(1_200, total);
    }

    /// <summary>4.2, "输出长度控制".</summary>
    [Fact]
    public async Task A_limit_of_characters_closes_the_stream()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Endless("散文"));
        using var client = new LlmStreamClient(server.Provider);

        ChatStreamResult result = await client.StreamAsync("写一篇散文").LimitCharacters(500).CollectAsync();
        Assert.Equal((500, "length"), (result.Text.Length, result.FinishReason!.Value.Value));
        await server.Requests[0].ClientLeft;
    }

    /// <summary>4.3, "关键词触发动作".</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Code_fences_and_keywords_are_found_in_chunks_of_any_size(int tokens)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Code).InChunksOf(tokens));
        using var client = new LlmStreamClient(server.Provider);

        var seen = new List<string>();
        var text = new StringBuilder();
        await foreach (FencedPart part in client.StreamAsync("写一个Python排序函数并解释").WithCodeFences())
        {
            if (part.Kind is FencedPartKind.Opened) seen.Add($"开始: {part.Language}");
            else if (part.Kind is FencedPartKind.Closed) seen.Add("结束");
            else if (part.Kind is FencedPartKind.Line) seen.Add(part.Text);
            else text.Append(part.Text);
        }

        Assert.Equal(["开始: python", "print(sorted([3, 1, 2]))\n", "结束"], seen.Select(line => line.EndsWith(')') ? line + "\n" : line));
        Assert.StartsWith("Here is a sort:", text.ToString(), StringComparison.Ordinal);

        var keywords = new List<(string, int)>();
        ChatStreamResult result = await client.StreamAsync("again").OnKeyword(["```"], match => keywords.Add((match.Keyword, match.Offset))).CollectAsync();
        Assert.Equal(Code, result.Text);
        Assert.Equal([("```", Code.IndexOf("```", StringComparison.Ordinal)), ("```", Code.LastIndexOf("```", StringComparison.Ordinal))], keywords);
    }

    /// <summary>6.2, "并发流式请求".</summary>
    [Fact]
    public async Task Concurrent_answers_are_collected_in_the_order_of_the_prompts()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("One and the same answer."));
        using var client = new LlmStreamClient(server.Provider);
        string[] prompts = ["a", "b", "c", "d", "e"];

        var options = new MergeOptions { MaxConcurrency = 2 };
        IReadOnlyList<MergedAnswer> answers = await ChatStreams.CollectAllAsync(prompts.Select(prompt => client.StreamAsync(prompt)), options);
        Assert.Equal([0, 1, 2, 3, 4], answers.Select(answer => answer.SourceIndex));
        Assert.All(answers, answer => Assert.Equal("One and the same answer.", answer.Answer.Text));

        var texts = new StringBuilder[prompts.Length];
        for (int i = 0; i < texts.Length; i++) texts[i] = new StringBuilder();
        await foreach (MergedDelta merged in ChatStreams.Merge(prompts.Select(prompt => client.StreamAsync(prompt)))) texts[merged.SourceIndex].Append(merged.Delta?.Text);
        Assert.All(texts, text => Assert.Equal("One and the same answer.", text.ToString()));
    }
}
