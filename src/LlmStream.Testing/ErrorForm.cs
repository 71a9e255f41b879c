namespace LlmStream.Testing;

/// <summary>The forms in which providers report an error in mid-stream, after status 200.</summary>
public enum ErrorForm
{
    /// <summary><c>data: {"error":…}</c>, an event like any other (OpenAI, OpenRouter).</summary>
    Data,

    /// <summary><c>event: error</c> and the error as its data (Groq, Anthropic, DashScope).</summary>
    Event,

    /// <summary>Lines of indented JSON without a field name, written straight into the event stream (Gemini on Vertex).</summary>
    BareJson,

    /// <summary><c>error: {…}</c>, a field that the event stream format does not know (GPUStack, llama-box).</summary>
    Field,
}
