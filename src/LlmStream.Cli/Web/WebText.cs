namespace LlmStream.Cli.Web;

/// <summary>The scripted answer of <c>llmstream web</c>: it contains each kind of Markdown that the page renders.</summary>
internal static class WebText
{
    public const string Answer = """
        # A scripted answer

        This text comes from a **scripted server** in this process, *not* from a model, so that the page can be tried without an API key.

        It is streamed like an answer of any provider; use `--provider` to chat with a model.

        ## Why is the sky blue?

        1. Sunlight contains every color. 🌤️
        2. Air scatters short wavelengths more than long ones:
           - blue light reaches you from **all directions**
           - red light passes almost straight through
        3. At dusk the path through the air is longer, and what remains is red. 🌇

        > In Chinese the sky is 蓝天，“blue sky”；**蓝色的天空**在日语里是“青空”。

        | Color | Wavelength | Scattering |
        |:------|-----------:|-----------:|
        | blue  |     450 nm |        4.4 |
        | green |     550 nm |        2.0 |
        | red   |     650 nm |        1.0 |

        The same answer in C#:

        ```csharp
        using var client = new LlmStreamClient(LlmProvider.DeepSeek);
        await foreach (ChatDelta delta in client.StreamAsync("Why is the sky blue?"))
            Console.Write(delta.Text);
        ```

        Try `llmstream web --fault reset@#60`: the connection to the server is reset after 60 events, and the answer is *resumed*.

        With `--no-resume` the failure reaches this page.

        See also [Rayleigh scattering](https://en.wikipedia.org/wiki/Rayleigh_scattering).
        """;
}
