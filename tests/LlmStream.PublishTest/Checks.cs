using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.PublishTest;

/// <summary>The checks: what an application does with the library that might depend on reflection.</summary>
internal static class Checks
{
    private const string Answer = "The sky is blue because air scatters short wavelengths of light more than long ones.";
    private const string RecipeJson = """{"title":"Tea","steps":["Boil water","Add leaves","Wait"]}""";

    public static IEnumerable<(string Name, Func<Task> Check)> All =>
    [
        .. ChatDialect.All.Select(dialect => ($"request and answer: {dialect}", (Func<Task>)(() => RequestAndAnswerAsync(dialect)))),
        ("retry", RetryAsync),
        ("resume", ResumeAsync),
        ("error", ErrorAsync),
        ("chat client with a function", FunctionInvocationAsync),
        ("chat client with structured output", StructuredOutputAsync),
        ("partial JSON", PartialJsonAsync),
        ("server-sent events", ServerSentEventsAsync),
        ("JSON array", JsonArrayAsync),
        ("dependency injection", DependencyInjectionAsync),
    ];

    private static async Task RequestAndAnswerAsync(ChatDialect dialect)
    {
        await using var server = await StartAsync(Script.Answer(Answer).WithUsage(), dialect);
        using var client = new LlmStreamClient(server.Provider);
        List<ChatMessage> messages =
        [
            new(ChatRole.System, "Be brief."),
            new(ChatRole.User, "What is the weather in Oslo?"),
            new(ChatRole.Assistant, [new FunctionCallContent("call-1", "weather", Arguments("Oslo"))]),
            new(ChatRole.Tool, [new FunctionResultContent("call-1", "rain")]),
            new(ChatRole.User, "Why is the sky blue, then?"),
        ];
        var options = new ChatOptions
        {
            Tools = [new WeatherFunction()],
            ToolMode = ChatToolMode.Auto,
            Temperature = 0.5f,
            MaxOutputTokens = 1000,
            StopSequences = ["END"],
        };
        // Requests to Hunyuan's native API are not built from messages, because they have to be signed.
        IAsyncEnumerable<ChatDelta> deltas = dialect == ChatDialect.Hunyuan
            ? client.StreamAsync(new JsonObject
            {
                ["Model"] = "weather",
                ["Messages"] = new JsonArray(new JsonObject { ["Role"] = "user", ["Content"] = "Hello" }),
            })
            : client.StreamAsync(messages, options);
        ChatStreamResult result = await deltas.CollectAsync();

        CheckFailedException.ThrowIfNotEqual(Answer, result.Text);
        CheckFailedException.ThrowIfNotContained("weather", server.Requests[0].BodyText);
    }

    private static async Task RetryAsync()
    {
        await using var server = await StartAsync(Script.Status(503).Then(Script.Answer(Answer)));
        using var client = new LlmStreamClient(new LlmStreamOptions
        {
            Provider = server.Provider,
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.FromMilliseconds(1) },
        });
        CheckFailedException.ThrowIfNotEqual(Answer, await TextAsync(client));
        CheckFailedException.ThrowIfNotEqual(2, server.Requests.Count);
    }

    private static async Task ResumeAsync()
    {
        await using var server = await StartAsync(Script.Answer(Answer).CutAtEvent(6).ThenWithoutFaults());
        using var client = new LlmStreamClient(server.Provider);
        int seams = 0;
        string text = "";
        await foreach (ChatDelta delta in client.StreamAsync("Why is the sky blue?"))
        {
            text += delta.Text;
            if (delta.Seam is not null) seams++;
        }

        CheckFailedException.ThrowIfNotEqual(Answer, text);
        CheckFailedException.ThrowIfNotEqual(1, seams);
    }

    private static async Task ErrorAsync()
    {
        const string Body = """{"error":{"message":"No such model","code":"model_not_found"}}""";
        await using var server = await StartAsync(Script.Status(404, Body, "application/json"));
        using var client = new LlmStreamClient(server.Provider);
        try
        {
            await TextAsync(client);
        }
        catch (ChatStreamException exception)
        {
            CheckFailedException.ThrowIfNotEqual("model_not_found", exception.ProviderCode);
            return;
        }

        throw new CheckFailedException("There should be an exception.");
    }

    private static async Task FunctionInvocationAsync()
    {
        Script call = Script.Answer("").WithToolCall("weather", """{"city":"Oslo"}""").WithFinishReason("tool_calls");
        await using var server = await StartAsync(call.Then(Script.Answer("It rains.")));
        using var client = new LlmStreamClient(server.Provider);
        IChatClient chat = client.AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        string text = "";
        await foreach (ChatResponseUpdate update in chat.GetStreamingResponseAsync(
            "What is the weather in Oslo?", new ChatOptions { Tools = [new WeatherFunction()] }))
            text += update.Text;

        CheckFailedException.ThrowIfNotEqual("It rains.", text);
        CheckFailedException.ThrowIfNotEqual(2, server.Requests.Count);
        CheckFailedException.ThrowIfNotContained("rain in Oslo", server.Requests[1].BodyText);
    }

    private static async Task StructuredOutputAsync()
    {
        foreach (ChatDialect dialect in new[] { ChatDialect.OpenAI, ChatDialect.Responses, ChatDialect.Gemini, ChatDialect.Ollama })
        {
            await using var server = await StartAsync(Script.Answer(RecipeJson), dialect);
            using var client = new LlmStreamClient(server.Provider);
            ChatResponse response = await client.AsIChatClient().GetResponseAsync("How is tea made?", new ChatOptions
            {
                ResponseFormat = ChatResponseFormat.ForJsonSchema<Recipe>(PublishTestJson.Default.Options),
            });

            CheckFailedException.ThrowIfNotEqual(RecipeJson, response.Text);
            CheckFailedException.ThrowIfNotContained("steps", server.Requests[0].BodyText);
        }
    }

    private static async Task PartialJsonAsync()
    {
        await using var server = await StartAsync(Script.Answer(RecipeJson).InChunksOf(1));
        using var client = new LlmStreamClient(server.Provider);
        int snapshots = 0;
        JsonSnapshot<Recipe>? last = null;
        await foreach (JsonSnapshot<Recipe> snapshot in client.StreamAsync("How is tea made?").PartialJson(PublishTestJson.Default.Recipe))
        {
            snapshots++;
            last = snapshot;
        }

        CheckFailedException.ThrowIfNotEqual(true, snapshots > 1);
        CheckFailedException.ThrowIfNotEqual("Wait", last!.Value!.Steps[2]);
    }

    private static async Task ServerSentEventsAsync()
    {
        await using var server = await StartAsync(Script.Raw("id: 7\ndata: {\"percent\":50}\n\ndata: {\"percent\":100}\n\n"));
        using var http = new HttpClient();
        using var content = new StringContent("{}");
        using HttpResponseMessage response = await http.PostAsync(new Uri(server.BaseAddress, "/v1/chat/completions"), content);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        List<Progress> events = [];
        await foreach (SseItem<Progress> item in SseReader.ReadAsync(body, PublishTestJson.Default.Progress)) events.Add(item.Data);

        CheckFailedException.ThrowIfNotEqual("50, 100", string.Join(", ", events.Select(progress => progress.Percent)));
    }

    private static async Task JsonArrayAsync()
    {
        using var body = new MemoryStream("""{"title":"Tea","steps":["Boil water"]}"""u8.ToArray());
        Recipe recipe = await ChunkedJsonReader.ReadAsync(body, PublishTestJson.Default.Recipe);
        CheckFailedException.ThrowIfNotEqual("Boil water", recipe.Steps[0]);
    }

    private static async Task DependencyInjectionAsync()
    {
        await using var server = await StartAsync(Script.Answer(Answer));
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Llm:Provider"] = "compatible",
            ["Llm:BaseAddress"] = server.BaseAddress.AbsoluteUri,
            ["Llm:Model"] = "scripted-model",
            ["Llm:Timeouts:FirstDelta"] = "00:00:30",
            ["Llm:Resume:MaxResumes"] = "1",
        }).Build();
        var services = new ServiceCollection();
        services.AddLlmStream(configuration.GetSection("Llm"));
        services.AddLlmStream("other", options => options.Provider = server.Provider);
        await using ServiceProvider provider = services.BuildServiceProvider();

        IChatClient chat = provider.GetRequiredService<IChatClient>();
        CheckFailedException.ThrowIfNotEqual(Answer, (await chat.GetResponseAsync("Why is the sky blue?")).Text);
        CheckFailedException.ThrowIfNotEqual(Answer, await TextAsync(provider.GetRequiredKeyedService<LlmStreamClient>("other")));
    }

    private static Task<ScriptedLlmServer> StartAsync(Script script, ChatDialect? dialect = null) =>
        ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = dialect });

    private static async Task<string> TextAsync(LlmStreamClient client) =>
        (await client.StreamAsync("Why is the sky blue?").CollectAsync()).Text;

    private static Dictionary<string, object?> Arguments(string city) => new() { ["city"] = city };
}
