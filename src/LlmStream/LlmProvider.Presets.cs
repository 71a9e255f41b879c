using System.Diagnostics.CodeAnalysis;

namespace LlmStream;

/// <content>The presets. Each is created when it is first used: most programs use one.</content>
public sealed partial record LlmProvider
{
    private static readonly LlmRequestStyle OpenAIStyle = new() { MaxTokensField = "max_completion_tokens" };

    /// <summary>OpenAI. Key: <c>OPENAI_API_KEY</c>.</summary>
    public static LlmProvider OpenAI => Preset(ref field, static () => new()
    {
        Name = "openai",
        BaseAddress = new Uri("https://api.openai.com/v1/"),
        ApiKeyVariable = "OPENAI_API_KEY",
        DefaultModel = "gpt-5-mini",
        UsageMustBeRequested = true,
        RequestStyle = OpenAIStyle,
        IdempotencyHeader = "Idempotency-Key",
    });

    /// <summary>DeepSeek. Key: <c>DEEPSEEK_API_KEY</c>.</summary>
    public static LlmProvider DeepSeek => Preset(ref field, static () => new()
    {
        Name = "deepseek",
        BaseAddress = new Uri("https://api.deepseek.com/v1/"),
        ApiKeyVariable = "DEEPSEEK_API_KEY",
        DefaultModel = "deepseek-chat",
        UsageMustBeRequested = true,
        Continuation = ChatContinuation.PrefixFlag,
        ContinuationBaseAddress = new Uri("https://api.deepseek.com/beta/"),
        RequestStyle = new LlmRequestStyle
        {
            ReasoningField = "reasoning_content", ReasoningControls = LlmReasoningControls.ThinkingType | LlmReasoningControls.Effort,
        },
    });

    /// <summary>Qwen, by the compatible API of Alibaba Cloud's Model Studio. Key: <c>DASHSCOPE_API_KEY</c>.</summary>
    public static LlmProvider Qwen => Preset(ref field, static () => new()
    {
        Name = "qwen",
        BaseAddress = new Uri("https://dashscope.aliyuncs.com/compatible-mode/v1/"),
        ApiKeyVariable = "DASHSCOPE_API_KEY",
        DefaultModel = "qwen-plus",
        UsageMustBeRequested = true,
        Continuation = ChatContinuation.PartialFlag,
        RequestStyle = new LlmRequestStyle
        {
            ReasoningField = "reasoning_content",
            ReasoningControls = LlmReasoningControls.EnableThinking,
            AcceptsTopK = true,
            WebSearchField = "enable_search",
        },
    });

    /// <summary>Qwen, by the native DashScope API, with incremental output. Key: <c>DASHSCOPE_API_KEY</c>.</summary>
    public static LlmProvider DashScope => Preset(ref field, static () => new()
    {
        Name = "dashscope",
        BaseAddress = new Uri("https://dashscope.aliyuncs.com/api/v1/"),
        ChatPath = "services/aigc/text-generation/generation",
        ApiKeyVariable = "DASHSCOPE_API_KEY",
        DefaultModel = "qwen-plus",
        Dialect = ChatDialect.DashScope,
        SendsDone = false,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["X-DashScope-SSE"] = "enable" },
        Continuation = ChatContinuation.PartialFlag,
    });

    /// <summary>Tencent Hunyuan, by its compatible API. Key: <c>HUNYUAN_API_KEY</c>.</summary>
    public static LlmProvider Hunyuan => Preset(ref field, static () => new()
    {
        Name = "hunyuan",
        BaseAddress = new Uri("https://api.hunyuan.cloud.tencent.com/v1/"),
        ApiKeyVariable = "HUNYUAN_API_KEY",
        DefaultModel = "hunyuan-turbos-latest",
    });

    /// <summary>Moonshot (Kimi). Key: <c>MOONSHOT_API_KEY</c>.</summary>
    public static LlmProvider Moonshot => Preset(ref field, static () => new()
    {
        Name = "moonshot",
        TelemetryName = "moonshot_ai",
        BaseAddress = new Uri("https://api.moonshot.cn/v1/"),
        ApiKeyVariable = "MOONSHOT_API_KEY",
        DefaultModel = "kimi-latest",
        UsageMustBeRequested = true,
        Continuation = ChatContinuation.PartialFlag,
        RequestStyle = new LlmRequestStyle { ReasoningField = "reasoning_content", ReasoningControls = LlmReasoningControls.ThinkingType },
    });

    /// <summary>Zhipu (GLM). Key: <c>ZHIPUAI_API_KEY</c>.</summary>
    public static LlmProvider Zhipu => Preset(ref field, static () => new()
    {
        Name = "zhipu",
        BaseAddress = new Uri("https://open.bigmodel.cn/api/paas/v4/"),
        ApiKeyVariable = "ZHIPUAI_API_KEY",
        DefaultModel = "glm-4.6",
        RequestStyle = new LlmRequestStyle { ReasoningField = "reasoning_content", ReasoningControls = LlmReasoningControls.ThinkingType },
    });

    /// <summary>OpenRouter. Key: <c>OPENROUTER_API_KEY</c>.</summary>
    public static LlmProvider OpenRouter => Preset(ref field, static () => new()
    {
        Name = "openrouter",
        BaseAddress = new Uri("https://openrouter.ai/api/v1/"),
        ApiKeyVariable = "OPENROUTER_API_KEY",
        DefaultModel = "openrouter/auto",
        UsageMustBeRequested = true,
        Continuation = ChatContinuation.Prefill,
        RequestStyle = new LlmRequestStyle { ReasoningField = "reasoning", AcceptsTopK = true, AcceptsAnswerFields = true },
    });

    /// <summary>Groq. Key: <c>GROQ_API_KEY</c>.</summary>
    public static LlmProvider Groq => Preset(ref field, static () => new()
    {
        Name = "groq",
        BaseAddress = new Uri("https://api.groq.com/openai/v1/"),
        ApiKeyVariable = "GROQ_API_KEY",
        DefaultModel = "llama-3.3-70b-versatile",
        UsageMustBeRequested = true,
    });

    /// <summary>Mistral. Key: <c>MISTRAL_API_KEY</c>.</summary>
    public static LlmProvider Mistral => Preset(ref field, static () => new()
    {
        Name = "mistral",
        TelemetryName = "mistral_ai",
        BaseAddress = new Uri("https://api.mistral.ai/v1/"),
        ApiKeyVariable = "MISTRAL_API_KEY",
        DefaultModel = "mistral-small-latest",
        Continuation = ChatContinuation.PrefixFlag,
        EchoesPrefix = true,
        RequestStyle = new LlmRequestStyle
        {
            SeedField = "random_seed", AcceptsNames = false, ReasoningControls = LlmReasoningControls.None,
        },
    });

    /// <summary>xAI. Key: <c>XAI_API_KEY</c>.</summary>
    public static LlmProvider XAI => Preset(ref field, static () => new()
    {
        Name = "xai",
        TelemetryName = "x_ai",
        BaseAddress = new Uri("https://api.x.ai/v1/"),
        ApiKeyVariable = "XAI_API_KEY",
        DefaultModel = "grok-4",
        UsageMustBeRequested = true,
    });

    /// <summary>A vLLM server on this machine, port 8000. The model has to be specified.</summary>
    public static LlmProvider Vllm => Preset(ref field, static () => new()
    {
        Name = "vllm",
        BaseAddress = new Uri("http://localhost:8000/v1/"),
        ApiKeyVariable = "VLLM_API_KEY",
        UsageMustBeRequested = true,
        Continuation = ChatContinuation.ContinueFinalMessage,
        RequestStyle = new LlmRequestStyle { ReasoningField = "reasoning", AcceptsTopK = true },
    });

    /// <summary>A llama.cpp server on this machine, port 8080. It has a single model and ignores the name.</summary>
    public static LlmProvider LlamaCpp => Preset(ref field, static () => new()
    {
        Name = "llamacpp",
        BaseAddress = new Uri("http://localhost:8080/v1/"),
        ApiKeyVariable = "LLAMA_API_KEY",
        DefaultModel = "default",
        UsageMustBeRequested = true,
        // Without the flag, servers since May 2026 repeat the message that they continue (github.com/ggml-org/llama.cpp/pull/23089; seen
        // with version 0.5.0). Older servers ignore the flag.
        Continuation = ChatContinuation.ContinueFinalMessage,
        RequestStyle = new LlmRequestStyle { ReasoningField = "reasoning_content", AcceptsTopK = true },
    });

    /// <summary>An Ollama server on this machine, port 11434, by its compatible API. The model has to be specified.</summary>
    public static LlmProvider Ollama => Preset(ref field, static () => new()
    {
        Name = "ollama",
        BaseAddress = new Uri("http://localhost:11434/v1/"),
        UsageMustBeRequested = true,
        Continuation = ChatContinuation.Prefill,
        RequestStyle = new LlmRequestStyle { ReasoningField = "reasoning" },
    });

    /// <summary>
    /// OpenAI, by the Responses API. Key: <c>OPENAI_API_KEY</c>. An answer that was requested with <c>background: true</c>
    /// (<c>ChatOptions.AllowBackgroundResponses</c>) is resumed by a <see cref="ChatContinuation.Replay"/>.
    /// </summary>
    public static LlmProvider OpenAIResponses => Preset(ref field, static () => new()
    {
        Name = "openai-responses",
        TelemetryName = "openai",
        BaseAddress = new Uri("https://api.openai.com/v1/"),
        ChatPath = "responses",
        ApiKeyVariable = "OPENAI_API_KEY",
        DefaultModel = "gpt-5-mini",
        Dialect = ChatDialect.Responses,
        SendsDone = false,
        IdempotencyHeader = "Idempotency-Key",
    });

    /// <summary>
    /// Anthropic (Claude), by the Messages API. Key: <c>ANTHROPIC_API_KEY</c>. The API requires a limit for the answer. If the options
    /// set none, it is 16,384 tokens, and 4,096 for models before Claude 4 and for models that are not Claude.
    /// </summary>
    public static LlmProvider Anthropic => Preset(ref field, static () => new()
    {
        Name = "anthropic",
        BaseAddress = new Uri("https://api.anthropic.com/v1/"),
        ChatPath = "messages",
        ApiKeyHeader = "x-api-key",
        ApiKeyVariable = "ANTHROPIC_API_KEY",
        DefaultModel = "claude-sonnet-4-6",
        Dialect = ChatDialect.Anthropic,
        SendsDone = false,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["anthropic-version"] = "2023-06-01" },
        Continuation = ChatContinuation.Prefill,
    });

    /// <summary>Google Gemini, by its native API. Key: <c>GEMINI_API_KEY</c>.</summary>
    /// <remarks>
    /// The model is sent in the address, in place of <c>{model}</c> in <see cref="ChatPath"/>, and not in the body. For Vertex AI, change
    /// <see cref="BaseAddress"/> and <see cref="ChatPath"/>, set <see cref="ApiKeyHeader"/> to <c>Authorization</c>, and pass an access
    /// token as the key; and <see cref="TelemetryName"/> to <c>gcp.vertex_ai</c>.
    /// </remarks>
    public static LlmProvider Gemini => Preset(ref field, static () => new()
    {
        Name = "gemini",
        TelemetryName = "gcp.gemini",
        BaseAddress = new Uri("https://generativelanguage.googleapis.com/v1beta/"),
        ChatPath = "models/{model}:streamGenerateContent?alt=sse",
        ApiKeyHeader = "x-goog-api-key",
        ApiKeyVariable = "GEMINI_API_KEY",
        DefaultModel = "gemini-flash-latest",
        Dialect = ChatDialect.Gemini,
        SendsDone = false,
        Continuation = ChatContinuation.Prefill,
    });

    /// <summary>
    /// Google Gemini, by the Interactions API. Key: <c>GEMINI_API_KEY</c>. Unless a request has <c>store: false</c>, Google keeps the
    /// answer, which is resumed by a <see cref="ChatContinuation.Replay"/>; and <c>ChatOptions.ConversationId</c> continues an interaction.
    /// </summary>
    public static LlmProvider GeminiInteractions => Preset(ref field, static () => new()
    {
        Name = "gemini-interactions",
        TelemetryName = "gcp.gemini",
        BaseAddress = new Uri("https://generativelanguage.googleapis.com/v1beta/"),
        ChatPath = "interactions",
        ApiKeyHeader = "x-goog-api-key",
        ApiKeyVariable = "GEMINI_API_KEY",
        DefaultModel = "gemini-flash-latest",
        Dialect = ChatDialect.Interactions,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Api-Revision"] = "2026-05-20" },
    });

    /// <summary>An Ollama server on this machine, port 11434, by its native API. The model has to be specified.</summary>
    /// <remarks>A body with a <c>prompt</c> and no <c>messages</c> is sent to <c>generate</c> instead of <c>chat</c>.</remarks>
    public static LlmProvider OllamaNative => Preset(ref field, static () => new()
    {
        Name = "ollama-native",
        TelemetryName = "ollama",
        BaseAddress = new Uri("http://localhost:11434/api/"),
        ChatPath = "chat",
        Dialect = ChatDialect.Ollama,
        SendsDone = false,
        Continuation = ChatContinuation.Prefill,
    });

    /// <summary>Cohere, by version 2 of its API. Key: <c>CO_API_KEY</c>, as in Cohere's own packages.</summary>
    public static LlmProvider Cohere => Preset(ref field, static () => new()
    {
        Name = "cohere",
        BaseAddress = new Uri("https://api.cohere.com/v2/"),
        ChatPath = "chat",
        ApiKeyVariable = "CO_API_KEY",
        DefaultModel = "command-a-03-2025",
        Dialect = ChatDialect.Cohere,
    });

    /// <summary>
    /// Amazon Bedrock, by ConverseStream, in us-east-1. Key: <c>AWS_BEARER_TOKEN_BEDROCK</c>, or <c>AWS_ACCESS_KEY_ID</c> and
    /// <c>AWS_SECRET_ACCESS_KEY</c>, and <c>AWS_SESSION_TOKEN</c> if they are temporary, with which requests are signed.
    /// </summary>
    /// <remarks>
    /// For another region, change <see cref="BaseAddress"/>: <c>https://bedrock-runtime.eu-west-1.amazonaws.com</c>. The model is sent in
    /// the address, in place of <c>{model}</c> in <see cref="ChatPath"/>; it may be the ARN of an inference profile.
    /// </remarks>
    public static LlmProvider Bedrock => Preset(ref field, static () => new()
    {
        Name = "bedrock",
        TelemetryName = "aws.bedrock",
        BaseAddress = new Uri("https://bedrock-runtime.us-east-1.amazonaws.com/"),
        ChatPath = "model/{model}/converse-stream",
        ApiKeyVariable = "AWS_BEARER_TOKEN_BEDROCK",
        SigningKeyVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
        DefaultModel = "amazon.nova-lite-v1:0",
        Dialect = ChatDialect.Bedrock,
        SendsDone = false,
        Continuation = ChatContinuation.Prefill,
    });

    /// <summary>All presets. Azure is not one, because it needs an address: see <see cref="CreateAzureOpenAI"/>.</summary>
    public static IReadOnlyList<LlmProvider> All => LazyInitializer.EnsureInitialized(ref field, static () =>
        [
            OpenAI, DeepSeek, Qwen, DashScope, Hunyuan, Moonshot, Zhipu, OpenRouter, Groq, Mistral, XAI, Vllm, LlamaCpp, Ollama,
            OpenAIResponses, Anthropic, Gemini, GeminiInteractions, OllamaNative, Cohere, Bedrock,
        ]);

    /// <summary>Creates a provider for Azure OpenAI. Key: <c>AZURE_OPENAI_API_KEY</c>. The model is the name of the deployment.</summary>
    /// <param name="endpoint">The address of the resource, such as <c>https://my-resource.openai.azure.com</c>.</param>
    /// <returns>The provider, with the API that has no version parameter (<c>/openai/v1/</c>).</returns>
    /// <exception cref="ArgumentException">The address is not an absolute HTTP or HTTPS address.</exception>
    public static LlmProvider CreateAzureOpenAI(Uri endpoint)
    {
        Uri root = Valid(endpoint, nameof(endpoint));
        return new LlmProvider
        {
            Name = "azure",
            TelemetryName = "azure.ai.openai",
            BaseAddress = root.AbsolutePath.Contains("/openai", StringComparison.Ordinal)
                ? root
                : new UriBuilder(root) { Path = root.AbsolutePath + "openai/v1/" }.Uri,
            ApiKeyHeader = "api-key",
            ApiKeyVariable = "AZURE_OPENAI_API_KEY",
            UsageMustBeRequested = true,
            RequestStyle = OpenAIStyle,
        };
    }

    /// <remarks>Threads that use a preset for the first time at once get the same one.</remarks>
    private static LlmProvider Preset([NotNull] ref LlmProvider? preset, Func<LlmProvider> create) =>
        LazyInitializer.EnsureInitialized(ref preset, create);
}
