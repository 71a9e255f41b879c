using System.Diagnostics;

namespace LlmStream;

/// <summary>The format in which a provider streams an answer.</summary>
[DebuggerDisplay("{Name,nq}")]
public sealed class ChatDialect
{
    private ChatDialect(string name) => Name = name;

    /// <summary>
    /// OpenAI's Chat Completions, and all that speak it: Azure OpenAI, DeepSeek, Groq, Mistral, Moonshot, OpenRouter,
    /// Qwen's and Hunyuan's compatible endpoints, vLLM, llama.cpp, xAI, Zhipu, Perplexity and others.
    /// </summary>
    public static ChatDialect OpenAI { get; } = new("openai");

    /// <summary>The DashScope API of Alibaba Cloud (Qwen) in its own format.</summary>
    public static ChatDialect DashScope { get; } = new("dashscope");

    /// <summary>The Hunyuan API of Tencent Cloud in its own format, and its relative LKEAP.</summary>
    public static ChatDialect Hunyuan { get; } = new("hunyuan");

    /// <summary>Every dialect.</summary>
    public static IReadOnlyList<ChatDialect> All { get; } = [OpenAI, DashScope, Hunyuan];

    /// <summary>The dialect's name, in lower case, as <c>llmstream</c> takes it.</summary>
    public string Name { get; }

    /// <summary>The dialect's name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
