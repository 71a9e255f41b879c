using System.Diagnostics;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Dialects.Anthropic;
using LlmStream.Dialects.Cohere;
using LlmStream.Dialects.DashScope;
using LlmStream.Dialects.Gemini;
using LlmStream.Dialects.Hunyuan;
using LlmStream.Dialects.Ollama;
using LlmStream.Dialects.OpenAI;
using LlmStream.Dialects.Responses;
using LlmStream.Dialects.Tokens;

namespace LlmStream;

/// <summary>The format in which a provider streams an answer.</summary>
[DebuggerDisplay("{Name,nq}")]
public sealed class ChatDialect
{
    private readonly Func<AnswerBuilder, DecodingStatistics?, ChatDecoder> _createDecoder;
    private readonly ChatTextMode _textMode;

    private ChatDialect(string name, ChatTextMode textMode, RequestFormat requests, Func<AnswerBuilder, DecodingStatistics?, ChatDecoder> createDecoder)
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
    public static ChatDialect OpenAI { get; } = new("openai", ChatTextMode.Incremental, new OpenAIFormat(), static (answer, statistics) => new OpenAIDecoder(answer, statistics));

    /// <summary>The DashScope API of Alibaba Cloud (Qwen) in its own format.</summary>
    public static ChatDialect DashScope { get; } = new("dashscope", ChatTextMode.Auto, new DashScopeFormat(), static (answer, statistics) => new DashScopeDecoder(answer, statistics));

    /// <summary>The Hunyuan API of Tencent Cloud in its own format, and its relative LKEAP.</summary>
    public static ChatDialect Hunyuan { get; } = new("hunyuan", ChatTextMode.Incremental, new HunyuanFormat(), static (answer, statistics) => new HunyuanDecoder(answer, statistics));

    /// <summary>Google's Gemini API in its own format (<c>streamGenerateContent</c>), from Google AI Studio and from Vertex AI.</summary>
    public static ChatDialect Gemini { get; } = new("gemini", ChatTextMode.Incremental, new GeminiFormat(), static (answer, statistics) => new GeminiDecoder(answer, statistics));

    /// <summary>
    /// Anthropic's Messages API (Claude), by Anthropic itself, Vertex AI or Azure, and as DeepSeek, Moonshot, Zhipu, MiniMax,
    /// Ollama, OpenRouter and others offer it beside their own.
    /// </summary>
    /// <remarks>
    /// Complete only behind <c>message_stop</c> (platform.claude.com/docs/en/build-with-claude/streaming).
    /// </remarks>
    public static ChatDialect Anthropic { get; } = new(AnthropicDecoder.Name, ChatTextMode.Incremental, new AnthropicFormat(), static (answer, statistics) => new AnthropicDecoder(answer, statistics));

    /// <summary>OpenAI's Responses, as OpenAI, Azure, xAI, OpenRouter, LM Studio and others speak it.</summary>
    public static ChatDialect Responses { get; } = new("responses", ChatTextMode.Incremental, new ResponsesFormat(), static (answer, statistics) => new ResponsesDecoder(answer, statistics));

    /// <summary>
    /// The small format that applications make up for their own servers: <c>{"token":"…"}</c> or <c>{"content":"…"}</c> for
    /// each piece, then <c>{"done":true}</c>, which may have a <c>finish_reason</c>, a <c>usage</c> or a count of
    /// <c>tokens</c> beside it; or <c>{"error":"…"}</c>. As server-sent events, JSON lines, or messages of a WebSocket.
    /// </summary>
    /// <remarks>
    /// Complete only behind <c>done</c> (or <c>[DONE]</c>), and nothing is read behind that. Where no <c>finish_reason</c>
    /// comes, it is <c>stop</c>.
    /// </remarks>
    public static ChatDialect Tokens { get; } = new("tokens", ChatTextMode.Incremental, new TokensFormat(), static (answer, statistics) => new TokensDecoder(answer, statistics));

    /// <summary>
    /// Ollama's own format, a JSON object a line: <c>/api/chat</c> and <c>/api/generate</c> (docs.ollama.com/api). Its compatible API
    /// speaks <see cref="OpenAI"/>.
    /// </summary>
    public static ChatDialect Ollama { get; } = new("ollama", ChatTextMode.Incremental, new OllamaFormat(), static (answer, statistics) => new OllamaDecoder(answer, statistics));

    /// <summary>Cohere's Chat API, version 2 and, to be read, version 1 (docs.cohere.com/reference/chat-stream).</summary>
    public static ChatDialect Cohere { get; } = new("cohere", ChatTextMode.Incremental, new CohereFormat(), static (answer, statistics) => new CohereDecoder(answer, statistics));

    /// <summary>The dialects of the providers. <see cref="Tokens"/>, which no provider speaks, is not among them.</summary>
    public static IReadOnlyList<ChatDialect> All { get; } = [OpenAI, DashScope, Hunyuan, Anthropic, Responses, Gemini, Ollama, Cohere];

    /// <summary>The dialect's name, in lower case, as <c>llmstream</c> takes it.</summary>
    public string Name { get; }

    /// <summary>The dialect's name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;

    /// <summary>What its requests look like.</summary>
    internal RequestFormat Requests { get; }

    internal ChatDecoder CreateDecoder(ChatReadOptions options, DecodingStatistics? statistics)
    {
        ChatTextMode mode = options.TextMode == ChatTextMode.Auto ? _textMode : options.TextMode;
        return _createDecoder(new AnswerBuilder(mode, options), statistics);
    }
}
