using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

/// <summary>Roles, finish reasons, ids, and names that are blank are absent, in every dialect.</summary>
public class BlankStringTests
{
    // As they are written in JSON.
    private static readonly string[] Blanks =
        ["", " ", "\\n", "\\t \\r", "\u00A0", "\\u00a0", "\u3000", "\\u2028", "\\u200b", "\uFEFF", "\\u0000"];

    private static readonly string[] Fields =
    [
        """ "finish_reason":"stop" """, """ "role":"assistant" """, """ "role":"model" """, """ "Role":"assistant" """, """ "finish_reason":"null" """,
        """ "FinishReason":"" """, """ "stop_reason":"end_turn" """, """ "id":"m" """, """ "id":"r" """, """ "id":"c" """,
        """ "model":"m" """,
    ];

    public static TheoryData<string> Names => [.. SampleAnswers.OfAllDialects.Select(answer => answer.Dialect.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_blank_role_and_a_blank_finish_reason_are_none(string name)
    {
        (ChatDialect dialect, string[] events) = SampleAnswers.Of(name);
        foreach (string blank in Blanks)
        {
            var feed = new EventFeed(dialect);
            foreach (string data in events[..^1]) feed.Send(ReplaceNames(data, blank));
            Assert.Null(feed.Decoder.Malformed);
            ChatStreamResult result = feed.Result;
            Assert.Equal("Hi", result.Text);
            Assert.Null(result.FinishReason);
            Assert.Null(result.Choices[0].Role);
            Assert.Null(result.Stream.Id);
            if (dialect != ChatDialect.Anthropic) Assert.False(feed.Decoder.IsComplete);
        }
    }

    [Theory]
    [InlineData("ollama", """{"message":{"content":"Hi"},"done":true,"done_reason":"~"}""", "stop")]
    [InlineData("cohere", """{"type":"message-end","delta":{"finish_reason":"~"}}""", "stop")]
    [InlineData("responses", """{"type":"response.incomplete","response":{"status":"~","incomplete_details":{"reason":"~"}}}""", "incomplete")]
    [InlineData("responses", """{"type":"response.completed","response":{"status":"~"}}""", "stop")]
    [InlineData("tokens", """{"token":"Hi","done":true,"finish_reason":"~"}""", "stop")]
    [InlineData("interactions", """{"event_type":"interaction.completed","interaction":{"id":"~","status":"~"}}""", "stop")]
    [InlineData("openai", """{"choices":[{"delta":{"content":"Hi"},"finish_reason":" stop\n"}]}""", "stop")]
    public void An_end_without_a_reason_is_an_end(string name, string data, string finish)
    {
        ChatDialect dialect = SampleAnswers.Of(name).Dialect;
        foreach (string blank in Blanks)
        {
            var feed = new EventFeed(dialect);
            feed.Send(data.Replace("~", blank, StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
            Assert.Equal((null, finish), (feed.Decoder.Malformed, feed.Result.FinishReason?.Value));
        }
    }

    [Theory]
    [InlineData("gemini", """{"promptFeedback":{"blockReason":"~"}}""")]
    [InlineData("dashscope", """{"code":"~","output":{"text":"Hi"}}""")]
    [InlineData("anthropic", """{"type":"~","index":0}""")]
    [InlineData("responses", """{"type":"~","delta":"x"}""")]
    [InlineData("cohere", """{"type":"~","index":0}""")]
    public void A_blank_type_or_code_means_nothing(string name, string data)
    {
        ChatDialect dialect = SampleAnswers.Of(name).Dialect;
        foreach (string blank in Blanks)
        {
            var feed = new EventFeed(dialect, isObserved: true);
            feed.Send(data.Replace("~", blank, StringComparison.Ordinal));
            Assert.Equal((null, (ProviderFault?)null, 0), (feed.Decoder.Malformed, feed.Decoder.Fault, feed.Statistics.UnknownEvents.Count));
        }
    }

    [Fact]
    public void White_space_in_a_text_is_content()
    {
        var feed = new EventFeed(ChatDialect.OpenAI);
        feed.SendAll("""{"choices":[{"delta":{"content":" "}}]}""", """{"choices":[{"delta":{"reasoning_content":"\n","refusal":" "}}]}""");
        Assert.Equal((" ", "\n", " "), (feed.Result.Text, feed.Result.Reasoning, feed.Result.Refusal));
    }

    private static string ReplaceNames(string data, string blank)
    {
        foreach (string field in Fields.Select(field => field.Trim()))
        {
            string name = field[..(field.IndexOf(':', StringComparison.Ordinal) + 1)];
            data = data.Replace(field, $"{name}\"{blank}\"", StringComparison.Ordinal);
        }

        return data;
    }
}
