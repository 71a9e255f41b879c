using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using LlmStream.Dialects;
using LlmStream.Resilience;

namespace LlmStream.Tests.Client;

/// <summary>What a program with one provider does not need, it does not wait for before its first text.</summary>
public class FirstAnswerTests
{
    private const BindingFlags NonPublic = BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly string Answer = string.Concat(
        """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""", "\n\n",
        """data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}""", "\n\n");

    [Fact]
    public async Task Only_the_preset_and_the_format_that_are_used_are_created()
    {
        // Tests that ran before have created others. So the library and this class are loaded once more, which has statics of its own.
        var context = new Isolated();
        Type type = context.LoadFromAssemblyName(typeof(FirstAnswerTests).Assembly.GetName()).GetType(typeof(FirstAnswerTests).FullName!)!;
        var run = (Task<string[]>)type.GetMethod(nameof(ReadFirstTextAsync), NonPublic)!.Invoke(null, null)!;
        Assert.Equal(["Hello", "preset Groq", "format openai"], await run);
        context.Unload();
    }

    /// <summary>Reads the first text of a process.</summary>
    /// <returns>The text, and what was created for it.</returns>
    private static async Task<string[]> ReadFirstTextAsync()
    {
        using var http = new HttpClient(new AnsweringHandler());
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = LlmProvider.Groq, ApiKey = "any-key" });
        List<string> found = [];
        await foreach (ChatDelta delta in client.StreamAsync("Why is the sky blue?"))
        {
            if (delta.Text.Length == 0) continue;
            found.Add(delta.Text);
            break;
        }

        foreach (PropertyInfo property in typeof(LlmProvider).GetProperties(BindingFlags.Public | BindingFlags.Static))
        {
            FieldInfo field = typeof(LlmProvider).GetField($"<{property.Name}>k__BackingField", NonPublic)!;
            if (field.GetValue(null) is not null) found.Add($"preset {property.Name}");
        }

        FieldInfo format = typeof(ChatDialect).GetField("_format", NonPublic)!;
        foreach (ChatDialect dialect in ChatDialect.All)
        {
            if (((Lazy<Dialect>)format.GetValue(dialect)!).IsValueCreated) found.Add($"format {dialect.Name}");
        }

        object retries = typeof(LlmStreamClient).GetField("_pipeline", NonPublic)!.GetValue(client)!;
        if (typeof(RetryPipeline).GetField("_pipeline", NonPublic)!.GetValue(retries) is not null) found.Add("pipeline");
        return [.. found];
    }

    private sealed class Isolated() : AssemblyLoadContext("first answer", isCollectible: true)
    {
        private static readonly string[] Own = ["LlmStream", typeof(FirstAnswerTests).Assembly.GetName().Name!];

        protected override Assembly? Load(AssemblyName name) => Own.Contains(name.Name)
            ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, name.Name + ".dll"))
            : null; // the same as that of other tests
    }

    private sealed class AnsweringHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Answer));
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }
}
