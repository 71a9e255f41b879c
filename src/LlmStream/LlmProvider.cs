using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>What is to be known of a provider in order to ask it. Data only: a new provider is a new row.</summary>
/// <remarks>Every preset can be bent: <c>LlmProvider.OpenAI with { BaseAddress = new Uri("https://proxy.example/v1/") }</c>.</remarks>
/// <example>
/// <code>
/// var client = new LlmStreamClient(LlmProvider.DeepSeek, apiKey);
/// var local = new LlmStreamClient(LlmProvider.Compatible(new Uri("http://localhost:8000/v1")));
/// </code>
/// </example>
public sealed record LlmProvider
{
    private static readonly OpenAIRequestStyle OpenAIStyle = new() { MaxTokensField = "max_completion_tokens" };

    private readonly Uri _baseAddress = null!;

    /// <summary>The name, in lower case, as <c>llmstream</c> takes it.</summary>
    public required string Name { get; init; }

    /// <summary>The address below which the provider's API lies. Ends in a slash; one is added where it is missing.</summary>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https.</exception>
    public required Uri BaseAddress
    {
        get => _baseAddress;
        init => _baseAddress = Valid(value);
    }

    /// <summary>The format of its streams.</summary>
    public ChatDialect Dialect { get; init; } = ChatDialect.OpenAI;

    /// <summary>Where, below <see cref="BaseAddress"/>, a chat is asked for; in Gemini's, <c>{model}</c> stands for the model. Default: <c>chat/completions</c>.</summary>
    public string ChatPath { get; init; } = "chat/completions";

    /// <summary>The header that carries the key. Default: <c>Authorization</c>, in which the key stands behind <c>Bearer</c>.</summary>
    public string ApiKeyHeader { get; init; } = "Authorization";

    /// <summary>The environment variable that the key is taken from where none is given, or <see langword="null"/>.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>Headers that the provider wants on a request for a stream.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The model that is asked where neither the request nor the options name one, or <see langword="null"/>.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>Whether token counts come only when <c>stream_options.include_usage</c> asks for them.</summary>
    public bool UsageMustBeRequested { get; init; }

    /// <summary>Whether a stream ends with <c>[DONE]</c>.</summary>
    public bool SendsDone { get; init; } = true;

    /// <summary>What the provider does not share with the others of its format, in a request.</summary>
    internal OpenAIRequestStyle RequestStyle { get; init; } = OpenAIRequestStyle.Default;

    /// <summary>How the provider lets an answer that broke off be continued.</summary>
    public ChatContinuation Continuation { get; init; } = ChatContinuation.Instruction;

    /// <summary>
    /// The address below which a last message of the assistant's is continued, where it is another one than
    /// <see cref="BaseAddress"/>, or <see langword="null"/>. On the same server.
    /// </summary>
    public Uri? ContinuationBaseAddress { get; init; }

    /// <summary>Whether the provider, when it continues a last message, begins with that message again.</summary>
    public bool EchoesPrefix { get; init; }

    /// <summary>The header by which the provider recognises a request that is sent again, or <see langword="null"/>.</summary>
    public string? IdempotencyHeader { get; init; }

    /// <summary>OpenAI. Key: <c>OPENAI_API_KEY</c>.</summary>
    public static LlmProvider OpenAI { get; } = new()
    {
        Name = "openai", BaseAddress = new Uri("https://api.openai.com/v1/"), ApiKeyVariable = "OPENAI_API_KEY", DefaultModel = "gpt-5-mini",
        UsageMustBeRequested = true, RequestStyle = OpenAIStyle, IdempotencyHeader = "Idempotency-Key",
    };

    /// <summary>DeepSeek. Key: <c>DEEPSEEK_API_KEY</c>.</summary>
    public static LlmProvider DeepSeek { get; } = new()
    {
        Name = "deepseek", BaseAddress = new Uri("https://api.deepseek.com/v1/"), ApiKeyVariable = "DEEPSEEK_API_KEY", DefaultModel = "deepseek-chat",
        UsageMustBeRequested = true, Continuation = ChatContinuation.PrefixFlag, ContinuationBaseAddress = new Uri("https://api.deepseek.com/beta/"),
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning_content", Reasoning = ReasoningControls.ThinkingType | ReasoningControls.Effort },
    };

    /// <summary>Qwen by the compatible API of Alibaba Cloud's Model Studio. Key: <c>DASHSCOPE_API_KEY</c>.</summary>
    public static LlmProvider Qwen { get; } = new()
    {
        Name = "qwen", BaseAddress = new Uri("https://dashscope.aliyuncs.com/compatible-mode/v1/"), ApiKeyVariable = "DASHSCOPE_API_KEY", DefaultModel = "qwen-plus",
        UsageMustBeRequested = true, Continuation = ChatContinuation.PartialFlag,
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning_content", Reasoning = ReasoningControls.EnableThinking, TakesTopK = true, WebSearchField = "enable_search" },
    };

    /// <summary>Qwen by the DashScope API in its own format, asked for increments. Key: <c>DASHSCOPE_API_KEY</c>.</summary>
    public static LlmProvider DashScope { get; } = new()
    {
        Name = "dashscope", BaseAddress = new Uri("https://dashscope.aliyuncs.com/api/v1/"), ChatPath = "services/aigc/text-generation/generation",
        ApiKeyVariable = "DASHSCOPE_API_KEY", DefaultModel = "qwen-plus", Dialect = ChatDialect.DashScope, SendsDone = false,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["X-DashScope-SSE"] = "enable" }, Continuation = ChatContinuation.PartialFlag,
    };

    /// <summary>Tencent Hunyuan by its compatible API. Key: <c>HUNYUAN_API_KEY</c>.</summary>
    public static LlmProvider Hunyuan { get; } = new()
    {
        Name = "hunyuan", BaseAddress = new Uri("https://api.hunyuan.cloud.tencent.com/v1/"), ApiKeyVariable = "HUNYUAN_API_KEY", DefaultModel = "hunyuan-turbos-latest",
    };

    /// <summary>Moonshot (Kimi). Key: <c>MOONSHOT_API_KEY</c>.</summary>
    public static LlmProvider Moonshot { get; } = new()
    {
        Name = "moonshot", BaseAddress = new Uri("https://api.moonshot.cn/v1/"), ApiKeyVariable = "MOONSHOT_API_KEY", DefaultModel = "kimi-latest",
        UsageMustBeRequested = true, Continuation = ChatContinuation.PartialFlag,
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning_content", Reasoning = ReasoningControls.ThinkingType },
    };

    /// <summary>Zhipu (GLM). Key: <c>ZHIPUAI_API_KEY</c>.</summary>
    public static LlmProvider Zhipu { get; } = new()
    {
        Name = "zhipu", BaseAddress = new Uri("https://open.bigmodel.cn/api/paas/v4/"), ApiKeyVariable = "ZHIPUAI_API_KEY", DefaultModel = "glm-4.6",
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning_content", Reasoning = ReasoningControls.ThinkingType },
    };

    /// <summary>OpenRouter. Key: <c>OPENROUTER_API_KEY</c>.</summary>
    public static LlmProvider OpenRouter { get; } = new()
    {
        Name = "openrouter", BaseAddress = new Uri("https://openrouter.ai/api/v1/"), ApiKeyVariable = "OPENROUTER_API_KEY", DefaultModel = "openrouter/auto",
        UsageMustBeRequested = true, Continuation = ChatContinuation.Prefill,
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning", TakesTopK = true, TakesBackFields = true },
    };

    /// <summary>Groq. Key: <c>GROQ_API_KEY</c>.</summary>
    public static LlmProvider Groq { get; } = new()
    {
        Name = "groq", BaseAddress = new Uri("https://api.groq.com/openai/v1/"), ApiKeyVariable = "GROQ_API_KEY", DefaultModel = "llama-3.3-70b-versatile",
        UsageMustBeRequested = true,
    };

    /// <summary>Mistral. Key: <c>MISTRAL_API_KEY</c>.</summary>
    public static LlmProvider Mistral { get; } = new()
    {
        Name = "mistral", BaseAddress = new Uri("https://api.mistral.ai/v1/"), ApiKeyVariable = "MISTRAL_API_KEY", DefaultModel = "mistral-small-latest",
        Continuation = ChatContinuation.PrefixFlag, EchoesPrefix = true,
        RequestStyle = new OpenAIRequestStyle { SeedField = "random_seed", TakesNames = false, Reasoning = ReasoningControls.None },
    };

    /// <summary>xAI. Key: <c>XAI_API_KEY</c>.</summary>
    public static LlmProvider XAI { get; } = new()
    {
        Name = "xai", BaseAddress = new Uri("https://api.x.ai/v1/"), ApiKeyVariable = "XAI_API_KEY", DefaultModel = "grok-4",
        UsageMustBeRequested = true,
    };

    /// <summary>A vLLM server on this machine, port 8000. Its model has to be named.</summary>
    public static LlmProvider Vllm { get; } = new()
    {
        Name = "vllm", BaseAddress = new Uri("http://localhost:8000/v1/"), ApiKeyVariable = "VLLM_API_KEY", UsageMustBeRequested = true,
        Continuation = ChatContinuation.ContinueFinalMessage,
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning", TakesTopK = true },
    };

    /// <summary>A llama.cpp server on this machine, port 8080. It has one model, whatever it is called.</summary>
    public static LlmProvider LlamaCpp { get; } = new()
    {
        Name = "llamacpp", BaseAddress = new Uri("http://localhost:8080/v1/"), ApiKeyVariable = "LLAMA_API_KEY", DefaultModel = "default", UsageMustBeRequested = true,
        Continuation = ChatContinuation.Prefill,
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning_content", TakesTopK = true },
    };

    /// <summary>An Ollama server on this machine, port 11434, by its compatible API. Its model has to be named.</summary>
    public static LlmProvider Ollama { get; } = new()
    {
        Name = "ollama", BaseAddress = new Uri("http://localhost:11434/v1/"), UsageMustBeRequested = true, Continuation = ChatContinuation.Prefill,
        RequestStyle = new OpenAIRequestStyle { ReasoningField = "reasoning" },
    };

    /// <summary>
    /// OpenAI by its Responses. Key: <c>OPENAI_API_KEY</c>. An answer that was asked for with <c>background: true</c>
    /// (<c>ChatOptions.AllowBackgroundResponses</c>) is taken up again by <see cref="ChatContinuation.Replay"/>.
    /// </summary>
    public static LlmProvider OpenAIResponses { get; } = new()
    {
        Name = "openai-responses", BaseAddress = new Uri("https://api.openai.com/v1/"), ChatPath = "responses", ApiKeyVariable = "OPENAI_API_KEY", DefaultModel = "gpt-5-mini",
        Dialect = ChatDialect.Responses, SendsDone = false, IdempotencyHeader = "Idempotency-Key",
    };

    /// <summary>
    /// Anthropic (Claude) by its Messages API. Key: <c>ANTHROPIC_API_KEY</c>. Where the options set no limit to the answer, which this API
    /// wants, it is 16,384 tokens, and 4,096 for models before Claude 4 and those that are not Claude.
    /// </summary>
    public static LlmProvider Anthropic { get; } = new()
    {
        Name = "anthropic", BaseAddress = new Uri("https://api.anthropic.com/v1/"), ChatPath = "messages", ApiKeyHeader = "x-api-key",
        ApiKeyVariable = "ANTHROPIC_API_KEY", DefaultModel = "claude-sonnet-4-6", Dialect = ChatDialect.Anthropic, SendsDone = false,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["anthropic-version"] = "2023-06-01" }, Continuation = ChatContinuation.Prefill,
    };

    /// <summary>Google Gemini by its own API. Key: <c>GEMINI_API_KEY</c>.</summary>
    /// <remarks>
    /// The model goes into the address, in the place of <c>{model}</c> in <see cref="ChatPath"/>, and not into the body. For Vertex AI, bend
    /// <see cref="BaseAddress"/> and <see cref="ChatPath"/>, and give an access token in the place of the key, with <see cref="ApiKeyHeader"/> <c>Authorization</c>.
    /// </remarks>
    public static LlmProvider Gemini { get; } = new()
    {
        Name = "gemini", BaseAddress = new Uri("https://generativelanguage.googleapis.com/v1beta/"), ChatPath = "models/{model}:streamGenerateContent?alt=sse",
        ApiKeyHeader = "x-goog-api-key", ApiKeyVariable = "GEMINI_API_KEY", DefaultModel = "gemini-flash-latest", Dialect = ChatDialect.Gemini, SendsDone = false,
        Continuation = ChatContinuation.Prefill,
    };

    /// <summary>An Ollama server on this machine, port 11434, in its own format. Its model has to be named.</summary>
    /// <remarks>A body with a <c>prompt</c> and no <c>messages</c> goes to <c>generate</c> instead of <c>chat</c>.</remarks>
    public static LlmProvider OllamaNative { get; } = new()
    {
        Name = "ollama-native", BaseAddress = new Uri("http://localhost:11434/api/"), ChatPath = "chat", Dialect = ChatDialect.Ollama, SendsDone = false,
        Continuation = ChatContinuation.Prefill,
    };

    /// <summary>Cohere, version 2 of its API. Key: <c>CO_API_KEY</c>, as in Cohere's own packages.</summary>
    public static LlmProvider Cohere { get; } = new()
    {
        Name = "cohere", BaseAddress = new Uri("https://api.cohere.com/v2/"), ChatPath = "chat", ApiKeyVariable = "CO_API_KEY", DefaultModel = "command-a-03-2025",
        Dialect = ChatDialect.Cohere,
    };

    /// <summary>Every preset that needs nothing more than a key. Azure needs an address as well: <see cref="AzureOpenAI"/>.</summary>
    public static IReadOnlyList<LlmProvider> All { get; } =
        [
            OpenAI, DeepSeek, Qwen, DashScope, Hunyuan, Moonshot, Zhipu, OpenRouter, Groq, Mistral, XAI, Vllm, LlamaCpp, Ollama,
            OpenAIResponses, Anthropic, Gemini, OllamaNative, Cohere,
        ];

    /// <summary>Azure OpenAI. Key: <c>AZURE_OPENAI_API_KEY</c>. The model is the name of the deployment.</summary>
    /// <param name="endpoint">The resource's address, such as <c>https://my-resource.openai.azure.com</c>.</param>
    /// <returns>The provider, by the version of the API that needs no version (<c>/openai/v1/</c>).</returns>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https.</exception>
    public static LlmProvider AzureOpenAI(Uri endpoint)
    {
        Uri root = Valid(endpoint);
        return new LlmProvider
        {
            Name = "azure",
            BaseAddress = root.AbsolutePath.Contains("/openai", StringComparison.Ordinal) ? root : new Uri(root, "openai/v1/"),
            ApiKeyHeader = "api-key",
            ApiKeyVariable = "AZURE_OPENAI_API_KEY",
            UsageMustBeRequested = true,
            RequestStyle = OpenAIStyle,
        };
    }

    /// <summary>Any other provider that speaks OpenAI's Chat Completions.</summary>
    /// <param name="baseAddress">The address below which <c>chat/completions</c> lies, such as <c>http://localhost:8000/v1</c>.</param>
    /// <param name="name">A name for logs and metrics.</param>
    /// <returns>The provider.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https.</exception>
    public static LlmProvider Compatible(Uri baseAddress, string name = "compatible") => new()
    {
        Name = name, BaseAddress = baseAddress, UsageMustBeRequested = true, RequestStyle = new OpenAIRequestStyle { TakesBackFields = true },
    };

    /// <summary>The preset of this name, in any case.</summary>
    /// <param name="name">One of the names in <see cref="All"/>.</param>
    /// <returns>The preset.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static LlmProvider Find(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return All.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"There is no provider '{name}'. There are: {string.Join(", ", All.Select(provider => provider.Name))}.", nameof(name));
    }

    /// <summary>Builds the body of a request to this provider, except what requests a stream.</summary>
    /// <exception cref="ArgumentException">The messages or the options cannot be sent, or the model is unknown.</exception>
    internal JsonObject BuildRequest(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed)
    {
        var conversation = Conversation.Create(messages, options?.Instructions);
        JsonObject body = Dialect.Format.BuildRequest(conversation, options, model, seed, this);
        if (body["model"] is null)
            throw new ArgumentException($"The provider '{Name}' has no default model. Set ChatOptions.ModelId or LlmStreamOptions.Model.", nameof(options));
        return body;
    }

    private static Uri Valid(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"'{address}' is not an absolute address of http or https, such as https://api.example.com/v1.", nameof(address));
        return address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
    }
}
