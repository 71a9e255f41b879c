using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Benchmarks.Streams;

/// <summary>Answers as each provider sends them, with its fields, their order and its padding, in any number of chunks.</summary>
internal static class ProviderStreams
{
    public const int DefaultChunks = 20_000;

    private const string OpenAIDialect = "openai";
    private const string Done = "[DONE]";
    private const long Created = 1_790_000_000;

    // Escapes all characters outside ASCII.
    private static readonly JavaScriptEncoder EscapeAll = JavaScriptEncoder.Default;

    public static IReadOnlyDictionary<string, Func<int, SampleStream>> All { get; } = new Dictionary<string, Func<int, SampleStream>>
    {
        ["OpenAI"] = OpenAI,
        ["llama.cpp"] = LlamaCpp,
        ["Azure"] = Azure,
        ["DeepSeek"] = DeepSeek,
        ["Hunyuan"] = HunyuanCompatible,
        ["DashScope"] = DashScope,
        ["Anthropic"] = Anthropic,
    };

    /// <summary>
    /// OpenAI. The field <c>obfuscation</c> pads each chunk to a multiple of 16 bytes plus a few, so the lengths of both text and padding
    /// change from chunk to chunk.
    /// </summary>
    public static SampleStream OpenAI(int chunks)
    {
        const string Head =
            """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000"""
            + ""","model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_51e1070cf2","choices":[""";
        const string Usage =
            ""","prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}"""
            + ""","completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0"""
            + ""","rejected_prediction_tokens":0}""";
        const int Width = 10;
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        writer.Event(Chunk("""{"role":"assistant","content":"","refusal":null}""", "null", vocabulary.NextLetters(Width)));
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            string padding = vocabulary.NextLetters((Width - token.Length) & 15);
            writer.Text(token, Chunk($$"""{"content":"{{EventWriter.Escape(token)}}"}""", "null", padding));
        }

        writer.Event(Chunk("{}", "\"stop\"", vocabulary.NextLetters(4)));
        writer.Event(
            $$"""{{Head}}],"usage":{"prompt_tokens":14,"completion_tokens":{{chunks}},"total_tokens":{{chunks + 14}}"""
            + Usage + """},"obfuscation":""}""");
        return writer.Event(Done).ToStream("OpenAI, padded", OpenAIDialect, isReadByOpenAIPackage: true);

        static string Chunk(string delta, string finish, string padding) =>
            $$"""{{Head}}{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{finish}}}],"usage":null"""
            + $$""","obfuscation":"{{padding}}"}""";
    }

    /// <summary>A proxy or a server in Python: Chinese, every character of which is escaped.</summary>
    public static SampleStream EscapedChinese(int chunks)
    {
        const string Head =
            """{"id": "chatcmpl-9c1f7b3e52d84a0e8f60", "object": "chat.completion.chunk", "created": 1790000000, "model": "qwen3-32b", """
            + "\"choices\": [";
        var vocabulary = Vocabulary.CreateChinese();
        var writer = new EventWriter();
        writer.Event(Chunk("""{"role": "assistant", "content": ""}""", "null"));
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Text(token, Chunk($$"""{"content": "{{JsonEncodedText.Encode(token, EscapeAll)}}"}""", "null"));
        }

        writer.Event(Chunk("{}", "\"stop\""));
        return writer.Event(Done).ToStream("OpenAI, escaped Chinese", OpenAIDialect, isReadByOpenAIPackage: true);

        static string Chunk(string delta, string finish) =>
            $$"""{{Head}}{"index": 0, "delta": {{delta}}, "logprobs": null, "finish_reason": {{finish}}}]}""";
    }

    /// <summary>llama.cpp's server. The choices come first, and <c>created</c> is the time of each chunk.</summary>
    public static SampleStream LlamaCpp(int chunks)
    {
        const int ChunksPerSecond = 50;
        const string Tail =
            ""","id":"chatcmpl-x3Kd0VbQz81nRtYwLmPfEoHcUs6JgA2i","model":"qwen3-8b"""
            + """-q4_k_m.gguf","system_fingerprint":"b6869-3464bdac3","object":"chat.completion.chunk"}""";
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        writer.Event(Chunk("""{"role":"assistant","content":null}""", "null", 0));
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Text(token, Chunk($$"""{"content":"{{EventWriter.Escape(token)}}"}""", "null", i));
        }

        writer.Event(Chunk("{}", "\"stop\"", chunks));
        return writer.Event(Done).ToStream("llama.cpp", OpenAIDialect, isReadByOpenAIPackage: true);

        static string Chunk(string delta, string finish, int number)
        {
            string created = (Created + (number / ChunksPerSecond)).ToString(CultureInfo.InvariantCulture);
            return $$"""{"choices":[{"finish_reason":{{finish}},"index":0,"delta":{{delta}}}],"created":{{created}}{{Tail}}""";
        }
    }

    /// <summary>Azure OpenAI. Each chunk contains the results of the content filter before the delta.</summary>
    public static SampleStream Azure(int chunks)
    {
        const string Safe = """{"filtered":false,"severity":"safe"}""";
        const string FilterResults = $$"""{"hate":{{Safe}},"self_harm":{{Safe}},"sexual":{{Safe}},"violence":{{Safe}}}""";
        const string Tail =
            ""","created":1790000000,"id":"chatcmpl-DkqWv7uYh2LsNx0RbTzKm4GfJp9Ce","model":"gpt-4o"""
            + """-2024-11-20","object":"chat.completion.chunk","system_fingerprint":"fp_ee1d74bde0","usage":null}""";
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        writer.Event(
            """{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0"""
            + $$""","content_filter_results":{{FilterResults}}}]}""");
        writer.Event(Chunk("{}", """{"content":"","refusal":null,"role":"assistant"}""", "null"));
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Text(token, Chunk(FilterResults, $$"""{"content":"{{EventWriter.Escape(token)}}"}""", "null"));
        }

        writer.Event(Chunk("{}", "{}", "\"stop\""));
        return writer.Event(Done).ToStream("Azure, filtered", OpenAIDialect, isReadByOpenAIPackage: true);

        static string Chunk(string filterResults, string delta, string finish) =>
            $$"""{"choices":[{"content_filter_results":{{filterResults}},"delta":{{delta}},"finish_reason":{{finish}}"""
            + $$""","index":0,"logprobs":null}]{{Tail}}""";
    }

    /// <summary>DeepSeek's reasoning models. Three quarters of the chunks are reasoning, which the OpenAI package ignores.</summary>
    public static SampleStream DeepSeek(int chunks)
    {
        const string Head =
            """{"id":"7c1f0a52-3b0e-4a6d-9a43-0e8f5d2b6c11","object":"chat.completion.chunk","created":1790000000"""
            + ""","model":"deepseek-reasoner","system_fingerprint":"fp_ffc7281d48_prod0820_fp8_kvcache","choices":[{"index":0"""
            + ""","delta":""";
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        writer.Event(Chunk("""{"role":"assistant","content":null,"reasoning_content":""}""", "null", "null"));
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            string json = EventWriter.Escape(token);
            if (i < chunks * 3L / 4)
                writer.Reasoning(token, Chunk($$"""{"content":null,"reasoning_content":"{{json}}"}""", "null", "null"));
            else
                writer.Text(token, Chunk($$"""{"content":"{{json}}","reasoning_content":null}""", "null", "null"));
        }

        string usage = $$"""{"prompt_tokens":12,"completion_tokens":{{chunks}},"total_tokens":{{chunks + 12}}}""";
        writer.Event(Chunk("""{"content":"","reasoning_content":null}""", "\"stop\"", usage));
        return writer.Event(Done).ToStream("DeepSeek, reasoning", OpenAIDialect, isReadByOpenAIPackage: true);

        static string Chunk(string delta, string finish, string usage) =>
            $$"""{{Head}}{{delta}},"logprobs":null,"finish_reason":{{finish}}}],"usage":{{usage}}}""";
    }

    /// <summary>Hunyuan's compatible endpoint. Each chunk contains the usage so far and a note.</summary>
    /// <remarks>With <c>finish_reason: null</c>. If a provider sends an empty string instead, the OpenAI package throws.</remarks>
    public static SampleStream HunyuanCompatible(int chunks)
    {
        const string Head =
            """{"id":"5f0c0f5e7d0b4f0c9a3e2d1b8c7a6f5e","object":"chat.completion.chunk","created":1790000000"""
            + ""","model":"hunyuan-turbos-latest","system_fingerprint":"","note":"内容由模型生成，仅供参考","choices":[{"index":0"""
            + ""","delta":{"role":"assistant","content":""";
        var vocabulary = Vocabulary.CreateChinese();
        var writer = new EventWriter();
        for (int i = 1; i <= chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Text(token, Chunk(EventWriter.Escape(token), "null", i));
        }

        writer.Event(Chunk("", "\"stop\"", chunks));
        return writer.Event(Done).ToStream("Hunyuan, usage in each", OpenAIDialect, isReadByOpenAIPackage: true);

        static string Chunk(string json, string finish, int tokens) =>
            $$"""{{Head}}"{{json}}"},"finish_reason":{{finish}}}],"usage":{"prompt_tokens":9,"completion_tokens":{{tokens}}"""
            + $$$""","total_tokens":{{{tokens + 9}}}}}""";
    }

    /// <summary>DashScope's own format, incremental. Before the data of each event are an id, a type and a comment.</summary>
    public static SampleStream DashScope(int chunks)
    {
        var vocabulary = Vocabulary.CreateChinese();
        var writer = new EventWriter();
        for (int i = 1; i <= chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Text(token, CreateDashScopeData(EventWriter.Escape(token), "null", i), CreateDashScopeHead(i), "data:");
        }

        writer.Event(CreateDashScopeData("", "stop", chunks), CreateDashScopeHead(chunks + 1), "data:");
        return writer.ToStream("DashScope", "dashscope");
    }

    /// <summary>Anthropic's Messages API.</summary>
    public static SampleStream Anthropic(int chunks)
    {
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        WriteAnthropicStart(writer);
        writer.Event(
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""", "event: content_block_start\n");
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            string delta = $$"""{"type":"text_delta","text":"{{EventWriter.Escape(token)}}"}""";
            writer.Text(token, $$"""{"type":"content_block_delta","index":0,"delta":{{delta}}}""", "event: content_block_delta\n");
        }

        WriteAnthropicEnd(writer, "end_turn", chunks);
        return writer.ToStream("Anthropic", "anthropic");
    }

    public static void WriteAnthropicStart(EventWriter writer) => writer.Event(
        """{"type":"message_start","message":{"id":"msg_01Q7mVd3kXyTnR8cLpW2sHbE","type":"message","role":"assistant","model":"cl"""
        + """aude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":14"""
        + ""","cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}}""",
        "event: message_start\n");

    public static void WriteAnthropicEnd(EventWriter writer, string reason, int tokens)
    {
        writer.Event("""{"type":"content_block_stop","index":0}""", "event: content_block_stop\n");
        string stop = $$"""{"type":"message_delta","delta":{"stop_reason":"{{reason}}","stop_sequence":null}""";
        writer.Event($$$"""{{{stop}}},"usage":{"output_tokens":{{{tokens}}}}}""", "event: message_delta\n");
        writer.Event("""{"type":"message_stop"}""", "event: message_stop\n");
    }

    public static string CreateDashScopeHead(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"id:{number}\nevent:result\n:HTTP_STATUS/200\n");

    public static string CreateDashScopeData(string json, string finish, int tokens)
    {
        string output = $$"""{"choices":[{"message":{"content":"{{json}}","role":"assistant"},"finish_reason":"{{finish}}"}]}""";
        string usage = $$"""{"total_tokens":{{tokens + 8}},"input_tokens":8,"output_tokens":{{tokens}}}""";
        return $$"""{"output":{{output}},"usage":{{usage}},"request_id":"2f6b1c3d-8a4e-9f07-b5d2-61c0e7a9438b"}""";
    }
}
