using System.Diagnostics;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Dialects.Anthropic;
using LlmStream.Dialects.Bedrock;
using LlmStream.Dialects.Cohere;
using LlmStream.Dialects.DashScope;
using LlmStream.Dialects.Gemini;
using LlmStream.Dialects.Hunyuan;
using LlmStream.Dialects.Interactions;
using LlmStream.Dialects.Ollama;
using LlmStream.Dialects.OpenAI;
using LlmStream.Dialects.Responses;
using LlmStream.Dialects.Tokens;

namespace LlmStream;

/// <summary>A wire format: the format in which a provider streams an answer, and in which it takes requests.</summary>
[DebuggerDisplay("{Name,nq}")]
public sealed class ChatDialect
{
    private readonly Lazy<Dialect> _format; // most programs use one, and each has tables

    private ChatDialect(Func<Dialect> create) => _format = new Lazy<Dialect>(create);

    /// <summary>
    /// OpenAI's Chat Completions, and all compatible APIs: Azure OpenAI, DeepSeek, Groq, Mistral, Moonshot, OpenRouter,
    /// Qwen's and Hunyuan's compatible endpoints, vLLM, llama.cpp, xAI, Zhipu, Perplexity, and others.
    /// </summary>
    public static ChatDialect OpenAI { get; } = new(static () => new OpenAIDialect());

    /// <summary>The native format of Alibaba Cloud's DashScope API (Qwen).</summary>
    public static ChatDialect DashScope { get; } = new(static () => new DashScopeDialect());

    /// <summary>The native format of Tencent Cloud's Hunyuan API, and of LKEAP.</summary>
    public static ChatDialect Hunyuan { get; } = new(static () => new HunyuanDialect());

    /// <summary>
    /// Anthropic's Messages API (Claude), from Anthropic, Vertex AI, or Azure, and as DeepSeek, Moonshot, Zhipu, MiniMax,
    /// Ollama, OpenRouter, and others offer it beside their own.
    /// </summary>
    /// <remarks>
    /// An answer is complete after <c>message_stop</c> (platform.claude.com/docs/en/build-with-claude/streaming), or after the stop reason
    /// in <c>message_delta</c> if nothing follows it.
    /// </remarks>
    public static ChatDialect Anthropic { get; } = new(static () => new AnthropicDialect());

    /// <summary>OpenAI's Responses, as OpenAI, Azure, xAI, OpenRouter, LM Studio, and others implement it.</summary>
    public static ChatDialect Responses { get; } = new(static () => new ResponsesDialect());

    /// <summary>The native format of Google's Gemini API (<c>streamGenerateContent</c>), in Google AI Studio and Vertex AI.</summary>
    public static ChatDialect Gemini { get; } = new(static () => new GeminiDialect());

    /// <summary>Google's Interactions API of Gemini, which keeps answers and conversations.</summary>
    public static ChatDialect Interactions { get; } = new(static () => new InteractionsDialect());

    /// <summary>
    /// Ollama's native format, one JSON object per line: <c>/api/chat</c> and <c>/api/generate</c> (docs.ollama.com/api). Its
    /// compatible API uses <see cref="OpenAI"/>.
    /// </summary>
    public static ChatDialect Ollama { get; } = new(static () => new OllamaDialect());

    /// <summary>Cohere's Chat API: version 2, and streams of version 1 (docs.cohere.com/reference/chat-stream).</summary>
    public static ChatDialect Cohere { get; } = new(static () => new CohereDialect());

    /// <summary>Amazon Bedrock's ConverseStream, in the binary framing <c>application/vnd.amazon.eventstream</c>.</summary>
    public static ChatDialect Bedrock { get; } = new(static () => new BedrockDialect());

    /// <summary>
    /// A small format that applications define for their own servers: <c>{"token":"…"}</c> or <c>{"content":"…"}</c> for
    /// each piece, then <c>{"done":true}</c>, which may have a <c>finish_reason</c>, a <c>usage</c>, or a count of
    /// <c>tokens</c> beside it; or <c>{"error":"…"}</c>. As server-sent events, JSON lines, or messages of a WebSocket.
    /// </summary>
    /// <remarks>
    /// An answer is complete after <c>done</c> (or <c>[DONE]</c>), and nothing is read after that; or else after a <c>finish_reason</c>.
    /// If no <c>finish_reason</c> is sent, it is <c>stop</c>.
    /// </remarks>
    public static ChatDialect Tokens { get; } = new(static () => new TokensDialect());

    /// <summary>The formats of the providers. <see cref="Tokens"/>, which no provider uses, is not among them.</summary>
    public static IReadOnlyList<ChatDialect> All { get; } =
        [OpenAI, DashScope, Hunyuan, Anthropic, Responses, Gemini, Interactions, Ollama, Cohere, Bedrock];

    /// <summary>The format's name, in lower case, as <c>llmstream --dialect</c> takes it.</summary>
    public string Name => Format.Name;

    internal Dialect Format => _format.Value;

    /// <summary>The format's name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;

    /// <summary>The format of a stream that begins with these bytes, or null if it cannot be determined.</summary>
    internal static ChatDialect? Recognize(ReadOnlySpan<byte> head)
    {
        Dialect? format = DialectRecognition.Recognize([.. All.Select(dialect => dialect.Format)], head);
        return All.FirstOrDefault(dialect => dialect.Format == format);
    }

    internal ChatDecoder CreateDecoder(ChatReadOptions options, IDecodingObserver? observer)
    {
        ChatTextMode mode = options.TextMode == ChatTextMode.Auto ? Format.TextMode : options.TextMode;
        return Format.CreateDecoder(new AnswerBuilder(mode, options), observer);
    }
}
