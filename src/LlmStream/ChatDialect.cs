using System.Diagnostics;
using LlmStream.Dialects;

namespace LlmStream;

/// <summary>The format in which a provider streams an answer.</summary>
[DebuggerDisplay("{Name,nq}")]
public sealed class ChatDialect
{
    private readonly Func<AnswerBuilder, DecodingCensus?, ChatDecoder> _createDecoder;
    private readonly ChatTextMode _textMode;

    private ChatDialect(string name, ChatTextMode textMode, RequestFormat requests, Func<AnswerBuilder, DecodingCensus?, ChatDecoder> createDecoder)
    {
        Name = name;
        Requests = requests;
        _textMode = textMode;
        _createDecoder = createDecoder;
    }

    /// <summary>
    /// OpenAI's Chat Completions, and all that speak it: Azure OpenAI, DeepSeek, Groq, Mistral, Moonshot, OpenRouter,
    /// Qwen's and Hunyuan's compatible endpoints, vLLM, llama.cpp, xAI, Zhipu, Perplexity and others.
    /// </summary>
    public static ChatDialect OpenAI { get; } = new("openai", ChatTextMode.Incremental, new OpenAIFormat(), static (answer, census) => new OpenAIDecoder(answer, census));

    /// <summary>The DashScope API of Alibaba Cloud (Qwen) in its own format.</summary>
    public static ChatDialect DashScope { get; } = new("dashscope", ChatTextMode.Auto, new DashScopeFormat(), static (answer, census) => new DashScopeDecoder(answer, census));

    /// <summary>The Hunyuan API of Tencent Cloud in its own format, and its relative LKEAP.</summary>
    public static ChatDialect Hunyuan { get; } = new("hunyuan", ChatTextMode.Incremental, new HunyuanFormat(), static (answer, census) => new HunyuanDecoder(answer, census));

    /// <summary>Google's Gemini API in its own format (<c>streamGenerateContent</c>), from Google AI Studio and from Vertex AI.</summary>
    public static ChatDialect Gemini { get; } = new("gemini", ChatTextMode.Incremental, new GeminiFormat(), static (answer, census) => new GeminiDecoder(answer, census));

    /// <summary>
    /// Anthropic's Messages API (Claude), by Anthropic itself, Vertex AI or Azure, and as DeepSeek, Moonshot, Zhipu, MiniMax,
    /// Ollama, OpenRouter and others offer it beside their own.
    /// </summary>
    /// <remarks>
    /// Complete only behind <c>message_stop</c> (platform.claude.com/docs/en/build-with-claude/streaming).
    /// </remarks>
    public static ChatDialect Anthropic { get; } = new(AnthropicDecoder.Name, ChatTextMode.Incremental, new AnthropicFormat(), static (answer, census) => new AnthropicDecoder(answer, census));

    /// <summary>OpenAI's Responses, as OpenAI, Azure, xAI, OpenRouter, LM Studio and others speak it.</summary>
    public static ChatDialect Responses { get; } = new("responses", ChatTextMode.Incremental, new ResponsesFormat(), static (answer, census) => new ResponsesDecoder(answer, census));

    /// <summary>
    /// The small format that applications make up for their own servers: <c>{"token":"…"}</c> or <c>{"content":"…"}</c> for
    /// each piece, then <c>{"done":true}</c>, which may have a <c>finish_reason</c>, a <c>usage</c> or a count of
    /// <c>tokens</c> beside it; or <c>{"error":"…"}</c>. As server-sent events, JSON lines, or messages of a WebSocket.
    /// </summary>
    /// <remarks>
    /// Complete only behind <c>done</c> (or <c>[DONE]</c>), and nothing is read behind that. Where no <c>finish_reason</c>
    /// comes, it is <c>stop</c>.
    /// </remarks>
    public static ChatDialect Tokens { get; } = new("tokens", ChatTextMode.Incremental, new TokensFormat(), static (answer, census) => new TokenDecoder(answer, census));

    /// <summary>
    /// Ollama's own format, a JSON object a line: <c>/api/chat</c> and <c>/api/generate</c> (docs.ollama.com/api). Its compatible API
    /// speaks <see cref="OpenAI"/>.
    /// </summary>
    public static ChatDialect Ollama { get; } = new("ollama", ChatTextMode.Incremental, new OllamaFormat(), static (answer, census) => new OllamaDecoder(answer, census));

    /// <summary>Cohere's Chat API, version 2 and, to be read, version 1 (docs.cohere.com/reference/chat-stream).</summary>
    public static ChatDialect Cohere { get; } = new("cohere", ChatTextMode.Incremental, new CohereFormat(), static (answer, census) => new CohereDecoder(answer, census));

    /// <summary>The dialects of the providers. <see cref="Tokens"/>, which no provider speaks, is not among them.</summary>
    public static IReadOnlyList<ChatDialect> All { get; } = [OpenAI, DashScope, Hunyuan, Anthropic, Responses, Gemini, Ollama, Cohere];

    /// <summary>The dialect's name, in lower case, as <c>llmstream</c> takes it.</summary>
    public string Name { get; }

    /// <summary>The dialect's name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;

    /// <summary>What its requests look like.</summary>
    internal RequestFormat Requests { get; }

    internal ChatDecoder CreateDecoder(ChatReadOptions options, DecodingCensus? census)
    {
        ChatTextMode mode = options.TextMode == ChatTextMode.Auto ? _textMode : options.TextMode;
        return _createDecoder(new AnswerBuilder(mode, options), census);
    }
}
