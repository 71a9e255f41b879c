using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Scripting;

public sealed class ContinuationBehaviorTests
{
    private const string Text = "Why blue? 因为散射 🌤️👍 — that is all.";

    [Theory]
    [MemberData(nameof(ContinuationRequest.Kinds), MemberType = typeof(ContinuationRequest))]
    public async Task Overlap_repeats_characters_and_splits_none(string message, string body, ContinuationKind kind)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).Overlapping(3));
        foreach (int length in ContinuationRequest.GetPrefixLengths(Text))
        {
            RawResponse response = await RawHttp.RequestAsync(server, ContinuationRequest.Create(Text[..length], message, body));

            int start = Math.Max(0, length - 3);
            if (char.IsLowSurrogate(Text[start])) start--;
            Assert.Equal(Text[start..], response.Answer());
            Assert.Equal(kind, server.Requests[^1].Continuation);
        }
    }

    [Fact]
    public async Task Echo_repeats_the_prefix_in_one_chunk()
    {
        string request = ContinuationRequest.Create("Why blue? 因为", """{"prefix":true}""", "{}");
        RawResponse response = await RawHttp.RequestAsync(Script.Answer(Text).EchoingPrefix(), request);

        Assert.Equal(Text, response.Answer());
        Assert.Equal("Why blue? 因为", (string?)response.Data()[1]["choices"]![0]!["delta"]!["content"]);
    }

    [Theory]
    [InlineData(null, Text)]
    [InlineData("Something else.", "Something else.")]
    public async Task Answer_that_starts_over_ignores_the_prefix(string? otherText, string expected)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).StartingOver(otherText));

        Assert.Equal(expected, (await RawHttp.RequestAsync(server, ContinuationRequest.Create("Why blue?", "user", "{}"))).Answer());
        Assert.Equal(Text, (await RawHttp.RequestAsync(server)).Answer());
    }

    [Fact]
    public async Task Prefill_is_refused_and_an_instruction_is_answered()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).RefusingPrefill());
        RawResponse refused = await RawHttp.RequestAsync(server, ContinuationRequest.Create("Why", "{}", "{}"));
        RawResponse answered = await RawHttp.RequestAsync(server, ContinuationRequest.Create("Why", "user", "{}"));

        Assert.Equal(400, refused.Status);
        string? message = (string?)JsonNode.Parse(refused.Text)!["error"]!["message"];
        Assert.StartsWith("This model does not support assistant message prefill.", message, StringComparison.Ordinal);
        Assert.Equal(" blue? 因为散射 🌤️👍 — that is all.", answered.Answer());
    }

    [Fact]
    public async Task Prefill_without_the_required_flag_is_refused()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).RequiringFlag("prefix"));

        Assert.Equal(400, (await RawHttp.RequestAsync(server, ContinuationRequest.Create("Why", "{}", "{}"))).Status);
        Assert.Equal(200, (await RawHttp.RequestAsync(server, ContinuationRequest.Create("Why", """{"prefix":true}""", "{}"))).Status);
        Assert.Equal(200, (await RawHttp.RequestAsync(server)).Status);
    }
}
