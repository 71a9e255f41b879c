using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>
/// Every dialect reports usage as Microsoft.Extensions.AI defines it: cached tokens are part of the input, reasoning tokens part of the
/// output, there is a total, and what the provider does not count is null.
/// </summary>
public class UsageContractTests
{
    public static TheoryData<string, string, string> Streams => new()
    {
        // Anthropic counts what it reads from and writes to the cache apart.
        { nameof(ChatDialect.Anthropic), """{"type":"message_start","message":{"usage":{"input_tokens":4,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,"output_tokens":1}}}|{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}""", "124 7 131 cached 100 reasoning -" },
        { nameof(ChatDialect.Anthropic), """{"type":"message_start","message":{"usage":{"input_tokens":4,"cache_read_input_tokens":100,"output_tokens":1}}}|{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":7,"output_tokens_details":{"thinking_tokens":5}}}""", "104 7 111 cached 100 reasoning 5" },
        { nameof(ChatDialect.Anthropic), """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}""", "- 7 - cached - reasoning -" },
        // Gemini counts thoughts apart; cached tokens are part of the prompt. It leaves out what is 0.
        { nameof(ChatDialect.Gemini), """{"candidates":[],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":8,"candidatesTokenCount":6,"thoughtsTokenCount":190,"totalTokenCount":206}}""", "10 196 206 cached 8 reasoning 190" },
        { nameof(ChatDialect.Gemini), """{"candidates":[],"usageMetadata":{"promptTokenCount":10,"thoughtsTokenCount":190,"totalTokenCount":200}}|{"candidates":[],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":6,"thoughtsTokenCount":0}}""", "10 196 200 cached - reasoning 190" },
        { nameof(ChatDialect.Gemini), """{"candidates":[],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":6}}""", "10 6 16 cached - reasoning -" },
        { nameof(ChatDialect.OpenAI), """{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3}}}""", "10 5 15 cached 8 reasoning 3" },
        { nameof(ChatDialect.OpenAI), """{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2}}""", "10 5 15 cached 8 reasoning -" },
        { nameof(ChatDialect.OpenAI), """{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"cache_read_input_tokens":8,"cache_creation_input_tokens":1}}|{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}""", "10 5 15 cached 8 reasoning -" },
        { nameof(ChatDialect.OpenAI), """{"choices":[],"usage":{"prompt_tokens":10}}""", "10 - - cached - reasoning -" },
        { nameof(ChatDialect.Responses), """{"type":"response.completed","response":{"output":[],"usage":{"input_tokens":10,"output_tokens":5,"input_tokens_details":{"cached_tokens":8},"output_tokens_details":{"reasoning_tokens":3}}}}""", "10 5 15 cached 8 reasoning 3" },
        { nameof(ChatDialect.DashScope), """{"output":{"text":"a"},"usage":{"input_tokens":10,"output_tokens":5,"prompt_tokens_details":{"cached_tokens":8},"output_tokens_details":{"reasoning_tokens":3}}}""", "10 5 15 cached 8 reasoning 3" },
        { nameof(ChatDialect.Hunyuan), """{"Choices":[],"Usage":{"PromptTokens":10,"CompletionTokens":5}}""", "10 5 15 cached - reasoning -" },
        { nameof(ChatDialect.Ollama), """{"message":{"content":"a"},"done":true,"prompt_eval_count":10,"eval_count":5}""", "10 5 15 cached - reasoning -" },
        { nameof(ChatDialect.Ollama), """{"message":{"content":"a"},"done":true,"eval_count":5}""", "- 5 - cached - reasoning -" },
        { nameof(ChatDialect.Cohere), """{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":1,"output_tokens":5},"tokens":{"input_tokens":10,"output_tokens":5},"cached_tokens":8}}}""", "10 5 15 cached 8 reasoning -" },
    };

    [Theory, MemberData(nameof(Streams))]
    public void Usage_keeps_the_contract(string dialect, string events, string expected)
    {
        var feed = new EventFeed((ChatDialect)typeof(ChatDialect).GetProperty(dialect)!.GetValue(null)!);
        UsageDetails? usage = feed.SendAll(events.Split('|')).Result.Usage;
        Assert.Equal(expected, $"{Number(usage?.InputTokenCount)} {Number(usage?.OutputTokenCount)} {Number(usage?.TotalTokenCount)} "
            + $"cached {Number(usage?.CachedInputTokenCount)} reasoning {Number(usage?.ReasoningTokenCount)}");
    }

    private static string Number(long? count) => count?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-";
}
