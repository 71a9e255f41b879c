using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects.Bedrock;

/// <summary>The client and the scripted server, over sockets.</summary>
public class BedrockClientTests
{
    private const string Text = "The sky is blue because of Rayleigh scattering. 蓝天 🌤️!";
    private const string Claude = "anthropic.claude-3-haiku-20240307-v1:0";

    private static readonly Script Answer = Script.Answer(Text).WithUsage();

    [Theory]
    [InlineData("anthropic.claude-3-haiku-20240307-v1:0", "/model/anthropic.claude-3-haiku-20240307-v1:0/converse-stream")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0", "/model/arn:aws:bedrock:us-east-1:123456789012:inference-profile%2Fus.amazon.nova-lite-v1:0/converse-stream")]
    public async Task The_model_is_one_segment_of_the_path_and_not_in_the_body(string model, string path)
    {
        await using ScriptedLlmServer server = await StartAsync(Answer);
        ChatStreamResult result = await Client(server, model).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);

        ScriptedRequest request = Assert.Single(server.Requests);
        Assert.Equal((Text, path, "application/vnd.amazon.eventstream"), (result.Text, request.Path, request.Headers["Accept"]));
        Assert.Null(request.Json!["model"]);
        Assert.NotNull(result.Usage?.TotalTokenCount);
    }

    [Fact]
    public async Task A_bearer_key_is_sent_as_it_is()
    {
        await using ScriptedLlmServer server = await StartAsync(Answer);
        await Client(server, Claude, options => options.ApiKey = "bedrock-api-key-1").StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);
        Assert.Equal("Bearer bedrock-api-key-1", server.Requests[0].Headers["Authorization"]);
    }

    [Fact]
    public async Task A_signing_key_signs_each_attempt()
    {
        await using ScriptedLlmServer server = await StartAsync(Script.Status(503).Then(Answer));
        await Client(server, Claude, options => options.ApiKey = "AKID:secret-key:session").StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);
        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, request =>
        {
            Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKID/", request.Headers["Authorization"], StringComparison.Ordinal);
            Assert.Equal("session", request.Headers["X-Amz-Security-Token"]);
        });
    }

    /// <summary>The connection breaks at every 37th byte; Claude 3 continues a prefill, Llama an instruction.</summary>
    [Theory]
    [InlineData(Claude, ContinuationKind.Prefill)]
    [InlineData("amazon.nova-lite-v1:0", ContinuationKind.Prefill)]
    [InlineData("meta.llama3-8b-instruct-v1:0", ContinuationKind.Instruction)]
    [InlineData("anthropic.claude-opus-4-6-v1", ContinuationKind.Instruction)]
    public async Task An_answer_that_breaks_off_is_resumed(string model, ContinuationKind expected)
    {
        await using ScriptedLlmServer server = await StartAsync(Answer);
        await Client(server, model).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);
        long length = server.Requests[0].BytesSent;
        for (long cut = 300; cut < length; cut += 37)
        {
            server.Play(Answer.ResetAt(cut).ThenWithoutFaults());
            int requests = server.Requests.Count;
            ChatStreamResult result = await Client(server, model).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);
            Assert.Equal((Text, true), (result.Text, result.IsComplete));
            if (server.Requests.Count == requests + 2) Assert.Contains(server.Requests[^1].Continuation, new[] { expected, ContinuationKind.None });
        }

        Assert.Contains(server.Requests, request => request.Continuation == expected);
    }

    [Fact]
    public async Task A_refused_prefill_is_replaced_by_an_instruction()
    {
        Script refused = Script.Status(400, """{"message":"The model that you are using requires the last turn in the conversation to be a user message. Add a user message to the conversation and try again."}""");
        await using ScriptedLlmServer server = await StartAsync(Answer.ResetAtEvent(6).Then(refused).Then(Answer));
        ChatStreamResult result = await Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);
        Assert.Equal((Text, 3), (result.Text, server.Requests.Count));
        Assert.Equal(ContinuationKind.Instruction, server.Requests[2].Continuation);
    }

    [Fact]
    public async Task An_exception_in_the_answer_is_resumed_if_it_is_transient()
    {
        await using ScriptedLlmServer server = await StartAsync(Answer.FailAtEvent(6, ErrorFrame.Event("Too many tokens.", "throttlingException")).ThenWithoutFaults());
        Assert.Equal(Text, (await Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token)).Text);

        server.Play(Answer.FailAtEvent(6, ErrorFrame.Event("Not allowed.", "validationException")));
        var failure = await Assert.ThrowsAsync<ChatStreamException>(() => Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token));
        Assert.Equal((ChatStreamError.ProviderError, "validationException", "Not allowed.", HttpStatusCode.BadRequest), (failure.Error, failure.ProviderCode, failure.ProviderMessage, failure.StatusCode!.Value));
        Assert.NotEqual("", failure.Partial.Text);
    }

    [Fact]
    public async Task A_damaged_message_is_not_resumed()
    {
        await using ScriptedLlmServer server = await StartAsync(Answer);
        await Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token);
        server.Play(Answer.MalformEvent(3));
        var failure = await Assert.ThrowsAsync<ChatStreamException>(() => Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token));
        Assert.Equal(ChatStreamError.MalformedEvent, failure.Error);
    }

    [Fact]
    public async Task The_code_of_a_failed_response_is_in_a_header()
    {
        await using ScriptedLlmServer server = await StartAsync(
            Script.Status(400).WithHeader("x-amzn-ErrorType", "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"));
        var failure = await Assert.ThrowsAsync<ChatStreamException>(() => Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token));
        Assert.Equal((ChatStreamError.InvalidRequest, "ValidationException", "The request is not valid."), (failure.Error, failure.ProviderCode, failure.ProviderMessage));
    }

    [Fact]
    public async Task Keep_alives_padding_and_duplicates_are_read_past()
    {
        await using ScriptedLlmServer server = await StartAsync(Answer.WithKeepAlives().PadEvent(2, 5000).WithLineEndings(LineEnding.Cr).WithByteOrderMark().InWritesOf(7));
        Assert.Equal(Text, (await Client(server, Claude).StreamAsync("Why?", cancellationToken: Token).CollectAsync(Token)).Text);
    }

    [Fact]
    public async Task A_body_needs_a_model()
    {
        await using ScriptedLlmServer server = await StartAsync(Answer);
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider with { DefaultModel = null } });
        JsonObject body = JsonNode.Parse("""{"messages":[{"role":"user","content":[{"text":"Why?"}]}]}""")!.AsObject();
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => client.StreamAsync(body, Token).CollectAsync(Token));
        Assert.Contains("\"model\"", failure.Message, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<ScriptedLlmServer> StartAsync(Script script) =>
        ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Bedrock }, Token);

    private static LlmStreamClient Client(ScriptedLlmServer server, string model, Action<LlmStreamOptions>? configure = null)
    {
        var options = new LlmStreamOptions { Provider = server.Provider, Model = model, Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero } };
        configure?.Invoke(options);
        return new LlmStreamClient(options);
    }
}
