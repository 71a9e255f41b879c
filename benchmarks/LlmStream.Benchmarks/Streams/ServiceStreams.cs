using System.Globalization;

namespace LlmStream.Benchmarks.Streams;

/// <summary>One answer as each of the services sends it: their fields, in their order, with their padding. Any number of chunks.</summary>
internal static class ServiceStreams
{
    public const int DefaultChunks = 20_000;

    private const string OpenAI = "openai";
    private const string Done = "[DONE]";
    private const long Created = 1_790_000_000;

    public static IReadOnlyDictionary<string, Func<int, KnownStream>> All { get; } = new Dictionary<string, Func<int, KnownStream>>
    {
        ["OpenAI"] = OpenAIWithPadding,
        ["llama.cpp"] = LlamaCpp,
        ["Azure"] = Azure,
        ["DeepSeek"] = DeepSeek,
        ["Hunyuan"] = HunyuanCompatible,
        ["DashScope"] = DashScope,
        ["Anthropic"] = Anthropic,
    };

    /// <summary>
    /// OpenAI itself. <c>obfuscation</c> fills each text up to a multiple of 16 bytes and a few more, so its length changes from
    /// chunk to chunk, as the text's does.
    /// </summary>
    public static KnownStream OpenAIWithPadding(int chunks)
    {
        const string Head = """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_51e1070cf2",""";
        const int Width = 10;
        var words = Words.InEnglish();
        var writer = new EventWriter();
        writer.Event($$"""{{Head}}"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"{{words.Noise(Width)}}"}""");
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            string padding = words.Noise((Width - word.Length) & 15);
            writer.Text(word, $$"""{{Head}}"choices":[{"index":0,"delta":{"content":"{{EventWriter.Json(word)}}"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"{{padding}}"}""");
        }

        writer.Event($$"""{{Head}}"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null,"obfuscation":"{{words.Noise(4)}}"}""");
        writer.Event($$$"""{{{Head}}}"choices":[],"usage":{"prompt_tokens":14,"completion_tokens":{{{chunks}}},"total_tokens":{{{chunks + 14}}},"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"obfuscation":""}""");
        return writer.Event(Done).ToStream("OpenAI, padded", OpenAI, openAIPackageReads: true);
    }

    /// <summary>llama.cpp's server: the choices come first, and <c>created</c> is the time of each chunk, so it ticks over.</summary>
    public static KnownStream LlamaCpp(int chunks)
    {
        const int ChunksASecond = 50;
        var words = Words.InEnglish();
        var writer = new EventWriter();
        writer.Event(Chunk("""{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}""", 0));
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Text(word, Chunk($$$"""{"finish_reason":null,"index":0,"delta":{"content":"{{{EventWriter.Json(word)}}}"}}""", i));
        }

        writer.Event(Chunk("""{"finish_reason":"stop","index":0,"delta":{}}""", chunks));
        return writer.Event(Done).ToStream("llama.cpp", OpenAI, openAIPackageReads: true);

        static string Chunk(string choice, int number) => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"choices":[{{choice}}],"created":{{Created + (number / ChunksASecond)}},"id":"chatcmpl-x3Kd0VbQz81nRtYwLmPfEoHcUs6JgA2i","model":"qwen3-8b-q4_k_m.gguf","system_fingerprint":"b6869-3464bdac3","object":"chat.completion.chunk"}""");
    }

    /// <summary>Azure OpenAI: the results of its content filter stand in each chunk, before the delta.</summary>
    public static KnownStream Azure(int chunks)
    {
        const string Safe = """{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}""";
        const string Tail = """
            ,"created":1790000000,"id":"chatcmpl-DkqWv7uYh2LsNx0RbTzKm4GfJp9Ce","model":"gpt-4o-2024-11-20","object":"chat.completion.chunk","system_fingerprint":"fp_ee1d74bde0","usage":null}
            """;
        var words = Words.InEnglish();
        var writer = new EventWriter();
        writer.Event($$"""{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{{Safe}}}]}""");
        writer.Event($$"""{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}]{{Tail}}""");
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Text(word, $$"""{"choices":[{"content_filter_results":{{Safe}},"delta":{"content":"{{EventWriter.Json(word)}}"},"finish_reason":null,"index":0,"logprobs":null}]{{Tail}}""");
        }

        writer.Event($$"""{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}]{{Tail}}""");
        return writer.Event(Done).ToStream("Azure, filtered", OpenAI, openAIPackageReads: true);
    }

    /// <summary>DeepSeek's reasoning models: three quarters of the chunks are reasoning, which the OpenAI package passes over.</summary>
    public static KnownStream DeepSeek(int chunks)
    {
        const string Head = """{"id":"7c1f0a52-3b0e-4a6d-9a43-0e8f5d2b6c11","object":"chat.completion.chunk","created":1790000000,"model":"deepseek-reasoner","system_fingerprint":"fp_ffc7281d48_prod0820_fp8_kvcache",""";
        var words = Words.InEnglish();
        var writer = new EventWriter();
        writer.Event($$"""{{Head}}"choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"logprobs":null,"finish_reason":null}],"usage":null}""");
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            string json = EventWriter.Json(word);
            if (i < chunks * 3L / 4) writer.Reasoning(word, $$$"""{{{Head}}}"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"{{{json}}}"},"logprobs":null,"finish_reason":null}],"usage":null}""");
            else writer.Text(word, $$$"""{{{Head}}}"choices":[{"index":0,"delta":{"content":"{{{json}}}","reasoning_content":null},"logprobs":null,"finish_reason":null}],"usage":null}""");
        }

        writer.Event($$$"""{{{Head}}}"choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":{{{chunks}}},"total_tokens":{{{chunks + 12}}}}}""");
        return writer.Event(Done).ToStream("DeepSeek, reasoning", OpenAI, openAIPackageReads: true);
    }

    /// <summary>Hunyuan's compatible endpoint: the token counts so far, and a note, stand in each chunk.</summary>
    /// <remarks>With <c>finish_reason: null</c>. Where a service writes an empty string instead, the OpenAI package throws.</remarks>
    public static KnownStream HunyuanCompatible(int chunks)
    {
        const string Head = """{"id":"5f0c0f5e7d0b4f0c9a3e2d1b8c7a6f5e","object":"chat.completion.chunk","created":1790000000,"model":"hunyuan-turbos-latest","system_fingerprint":"","note":"内容由模型生成，仅供参考","choices":[{"index":0,"delta":""";
        var words = Words.InChinese();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Text(word, $$$"""{{{Head}}}{"role":"assistant","content":"{{{EventWriter.Json(word)}}}"},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":{{{i + 1}}},"total_tokens":{{{i + 10}}}}}""");
        }

        writer.Event($$$"""{{{Head}}}{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":{{{chunks}}},"total_tokens":{{{chunks + 9}}}}}""");
        return writer.Event(Done).ToStream("Hunyuan, usage in each", OpenAI, openAIPackageReads: true);
    }

    /// <summary>DashScope in its own format, incremental: an id, a type and a comment before each event's data.</summary>
    public static KnownStream DashScope(int chunks)
    {
        var words = Words.InChinese();
        var writer = new EventWriter();
        for (int i = 1; i <= chunks; i++)
        {
            string word = words.Next();
            writer.Text(word, DashScopeData(EventWriter.Json(word), "null", i), DashScopeHead(i), "data:");
        }

        return writer.Event(DashScopeData("", "stop", chunks), DashScopeHead(chunks + 1), "data:").ToStream("DashScope", "dashscope", openAIPackageReads: false);
    }

    /// <summary>Anthropic's Messages.</summary>
    public static KnownStream Anthropic(int chunks)
    {
        var words = Words.InEnglish();
        var writer = new EventWriter();
        writer.Event("""{"type":"message_start","message":{"id":"msg_01Q7mVd3kXyTnR8cLpW2sHbE","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":14,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}}""", "event: message_start\n");
        writer.Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""", "event: content_block_start\n");
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Text(word, $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{EventWriter.Json(word)}}}"}}""", "event: content_block_delta\n");
        }

        writer.Event("""{"type":"content_block_stop","index":0}""", "event: content_block_stop\n");
        writer.Event($$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":{{{chunks}}}}}""", "event: message_delta\n");
        return writer.Event("""{"type":"message_stop"}""", "event: message_stop\n").ToStream("Anthropic", "anthropic", openAIPackageReads: false);
    }

    public static string DashScopeHead(int number) => string.Create(CultureInfo.InvariantCulture, $"id:{number}\nevent:result\n:HTTP_STATUS/200\n");

    public static string DashScopeData(string json, string finish, int tokens) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"output":{"choices":[{"message":{"content":"{{{json}}}","role":"assistant"},"finish_reason":"{{{finish}}}"}]},"usage":{"total_tokens":{{{tokens + 8}}},"input_tokens":8,"output_tokens":{{{tokens}}}},"request_id":"2f6b1c3d-8a4e-9f07-b5d2-61c0e7a9438b"}""");
}
