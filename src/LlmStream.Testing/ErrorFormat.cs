namespace LlmStream.Testing;

/// <summary>The formats in which providers report an error within a stream, after status 200.</summary>
public enum ErrorFormat
{
    /// <summary><c>data: {"error":…}</c>, an ordinary event (OpenAI, OpenRouter).</summary>
    Data,

    /// <summary><c>event: error</c>, with the error as its data (Groq, Anthropic, DashScope).</summary>
    Event,

    /// <summary>Lines of indented JSON without a field name, written into the event stream (Gemini on Vertex AI).</summary>
    BareJson,

    /// <summary><c>error: {…}</c>, a field that the event stream format does not define (GPUStack, llama-box).</summary>
    Field,
}
