using System.Globalization;
using System.Text;

namespace LlmStream.Testing.Tests.Serving;

public sealed class StreamStoreTests
{
    private const string Header = "X-Conversation-Id: a/1";

    private static readonly Script Answer = Script.Answer("The sky is blue.").WithUsage();

    [Theory]
    [InlineData("/v1/stream?conv_id=a%2F1&from=")]
    [InlineData("/v1/stream/a%2F1?from=")]
    public async Task Llama_cpp_streams_begin_at_a_byte(string path)
    {
        byte[] whole = (await RawHttp.RequestAsync(Answer.WithKeepAlives("ping"))).Body;
        await using var server = await StartAsync(Answer.WithKeepAlives("ping").CutAt(300), ReplayKind.LlamaCpp);
        Assert.Equal(300, (await RawHttp.RequestAsync(server, headers: Header)).Body.Length);
        foreach (int from in (int[])[0, 1, 299, 300, whole.Length - 1, whole.Length, whole.Length + 1])
        {
            server.Play(Script.Answer("Not this."));
            byte[] rest = (await RawHttp.RequestAsync(server, "", path + from.ToString(CultureInfo.InvariantCulture))).Body;
            Assert.Equal(Encoding.UTF8.GetString(whole.AsSpan(Math.Min(from, whole.Length))), Encoding.UTF8.GetString(rest));
        }

        Assert.Equal(ContinuationKind.Replay, server.Requests[^1].Continuation);
        Assert.Equal(ChatDialect.OpenAI, server.Requests[^1].Dialect);
    }

    [Fact]
    public async Task Faults_of_a_step_occur_in_the_replay()
    {
        byte[] whole = (await RawHttp.RequestAsync(Answer)).Body;
        await using var server = await StartAsync(Answer.CutAt(10).Then(Answer.ResetAt(7)).Then(Script.Status(503)), ReplayKind.LlamaCpp);
        await RawHttp.RequestAsync(server, headers: Header);
        RawResponse replay = await RawHttp.RequestAsync(server, "", "/v1/stream/a%2F1?from=10");
        Assert.Equal((ResponseEnd.Reset, Encoding.UTF8.GetString(whole.AsSpan(10, 7))), (replay.End, replay.Text));
        Assert.Equal(503, (await RawHttp.RequestAsync(server, "", "/v1/stream/a%2F1?from=10")).Status);
    }

    [Fact]
    public async Task Llama_cpp_streams_are_kept_only_with_the_header_and_until_they_are_removed()
    {
        await using var server = await StartAsync(Answer, ReplayKind.LlamaCpp);
        await RawHttp.RequestAsync(server);
        Assert.Equal(404, (await RawHttp.RequestAsync(server, "", "/v1/stream/a%2F1")).Status);
        await RawHttp.RequestAsync(server, headers: Header);
        Assert.Equal(200, (await RawHttp.RequestAsync(server, "", "/v1/stream/a%2F1")).Status);

        using var client = new HttpClient();
        for (int i = 0; i < 2; i++)
            Assert.Equal(204, (int)(await client.DeleteAsync(new Uri(server.BaseAddress + "/stream?conv_id=a%2F1"))).StatusCode);
        Assert.Equal(404, (await RawHttp.RequestAsync(server, "", "/v1/stream/a%2F1")).Status);
    }

    [Theory]
    [InlineData("/v1/chat/completions", RawHttp.Question)]
    [InlineData("/v1/responses", """{"model":"m","stream":true,"input":"Why?"}""")]
    [InlineData("/v1beta/models/m:streamGenerateContent?alt=sse", """{"contents":[{"parts":[{"text":"Why?"}]}]}""")]
    public async Task Cloudflare_streams_begin_at_an_event_in_any_dialect(string path, string body)
    {
        await using var server = await StartAsync(Answer.WithKeepAlives(), ReplayKind.CloudflareGateway);
        RawResponse whole = await RawHttp.RequestAsync(server, body, path);
        string id = whole.Headers["cf-aig-run-id"];
        string[] blocks = whole.Text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        foreach (int from in (int[])[0, 1, 2, 5, blocks.Length, blocks.Length + 1])
        {
            RawResponse rest = await RawHttp.RequestAsync(server, "", string.Create(CultureInfo.InvariantCulture, $"/gateways/g/run/{id}/resume?from={from}"));
            Assert.Equal(blocks.Skip(from), rest.Text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries));
        }

        Assert.Equal(404, (await RawHttp.RequestAsync(server, "", "/gateways/g/run/run_9/resume?from=0")).Status);
    }

    [Fact]
    public async Task By_default_streams_are_not_kept()
    {
        await using var server = await StartAsync(Answer, ReplayKind.None);
        RawResponse whole = await RawHttp.RequestAsync(server, headers: Header);
        Assert.False(whole.Headers.ContainsKey("cf-aig-run-id"));
        Assert.Equal(404, (await RawHttp.RequestAsync(server, "", "/v1/stream/a%2F1")).Status);
        Assert.Null(server.Provider.Replay);
    }

    [Fact]
    public async Task The_provider_of_the_server_replays_as_the_server_does()
    {
        await using var llamaCpp = await StartAsync(Answer, ReplayKind.LlamaCpp);
        await using var gateway = await StartAsync(Answer, ReplayKind.CloudflareGateway);
        Assert.Same(LlmReplay.LlamaCpp, llamaCpp.Provider.Replay);
        Assert.Equal(new Uri(gateway.BaseAddress, "/gateways/scripted/").ToString(), gateway.Provider.Replay!.ToString());
    }

    private static Task<ScriptedLlmServer> StartAsync(Script script, ReplayKind kind) =>
        ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Replay = kind });
}
