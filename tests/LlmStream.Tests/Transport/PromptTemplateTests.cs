using System.Net;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Transport;

public class PromptTemplateTests
{
    private static readonly string[] Prompts =
    [
        "Why is the sky blue?", " ", "\n", "model", "\"quoted\" \\ and \u0001 </script> \u2028", "为什么天空是蓝色的？ 🌌 é",
        "llmstream-prompt-6d1f0c52", "\"llmstream-prompt-6d1f0c52\"", "\ud83d", "user", new string('x', 20_000),
    ];

    public static TheoryData<string> Providers => [.. LlmProvider.All.Select(provider => provider.Name)];

    /// <summary>From the third prompt on the request is made from a template; requests for messages are always built.</summary>
    [Theory, MemberData(nameof(Providers))]
    public async Task A_request_for_a_prompt_is_that_for_its_message(string name)
    {
        LlmProvider provider = LlmProvider.All.Single(provider => provider.Name == name);
        var server = new StubServer();
        using LlmStreamClient client = server.Client(options =>
        {
            options.Provider = provider with { DefaultModel = provider.DefaultModel ?? "m-1", IdempotencyHeader = "Idempotency-Key" };
            options.ApiKey = "key";
        });
        var keys = new HashSet<string>();
        foreach (string prompt in Prompts)
        {
            await SendAsync(server, client.StreamAsync(prompt));
            await SendAsync(server, client.StreamAsync([new ChatMessage(ChatRole.User, prompt)]));
            Assert.Equal(server.Bodies[^1], server.Bodies[^2]);
            Assert.All(server.Requests.TakeLast(2), request => Assert.True(keys.Add(request.Headers.GetValues("Idempotency-Key").Single())));
            Assert.Equal(Describe(server.Requests[^1]), Describe(server.Requests[^2]));
        }
    }

    [Fact]
    public void Every_provider_has_a_template()
    {
        string[] without = [.. LlmProvider.All.Where(provider => Create(provider) is null).Select(provider => provider.Name)];
        Assert.Empty(without);
    }

    [Fact]
    public void There_is_no_template_if_the_prompt_is_joined_with_other_text_or_occurs_twice_or_the_client_chooses_an_id()
    {
        Assert.Null(Create(LlmProvider.OpenAI, prompt => "Answer: " + prompt));
        Assert.Null(PromptTemplate.Create(prompt => ChatRequest.Create(
            new() { ["model"] = "m", ["user"] = prompt, ["messages"] = prompt }, LlmProvider.OpenAI, requestUsage: true)));
        Assert.Null(Create(LlmProvider.OpenAI with { Replay = LlmReplay.LlamaCpp }));
        Assert.NotNull(Create(LlmProvider.OpenAI));
    }

    [Fact]
    public void Keys_are_random_UUIDs()
    {
        string[] keys = [.. Enumerable.Range(0, 10_000).Select(_ => UniqueKey.Create())];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, key => Assert.Matches("^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$", key));
    }

    private static PromptTemplate? Create(LlmProvider provider, Func<string, string>? change = null) => PromptTemplate.Create(prompt =>
        ChatRequest.Create(
            provider.BuildRequest([new ChatMessage(ChatRole.User, change?.Invoke(prompt) ?? prompt)], null, "m", seed: null), provider,
            requestUsage: true));

    private static async Task SendAsync(StubServer server, IAsyncEnumerable<ChatDelta> answer)
    {
        server.Answers(HttpStatusCode.BadRequest);
        ChatStreamException refused = await Assert.ThrowsAsync<ChatStreamException>(async () => await answer.CollectAsync());
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private static string Describe(HttpRequestMessage request) =>
        $"{request.Method} {request.RequestUri} {request.Version}\n"
        + string.Join('\n', request.Headers.Where(header => header.Key != "Idempotency-Key").Select(header => $"{header.Key}: {string.Join(',', header.Value)}"));
}
