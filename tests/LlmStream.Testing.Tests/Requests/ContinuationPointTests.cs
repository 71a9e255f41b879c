using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;

namespace LlmStream.Testing.Tests.Requests;

public sealed class ContinuationPointTests
{
    private const string Text = "Why blue? 因为散射 🌤️👍 — that is all.";

    [Theory]
    [MemberData(nameof(ContinuationRequest.Kinds), MemberType = typeof(ContinuationRequest))]
    public async Task Answer_continues_at_every_character(string message, string body, ContinuationKind kind)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).WithReasoning("Hm."));
        foreach (int length in ContinuationRequest.GetPrefixLengths(Text))
        {
            RawResponse response = await RawHttp.RequestAsync(server, ContinuationRequest.Create(Text[..length], message, body));

            Assert.Equal(Text[length..], response.Answer());
            Assert.DoesNotContain("reasoning", response.Text, StringComparison.Ordinal);
            Assert.Equal((kind, length), (server.Requests[^1].Continuation, server.Requests[^1].ContinuedFrom));
        }
    }

    [Theory]
    [InlineData("Not part of the answer", "{}")]
    [InlineData("Not part of the answer", "user")]
    [InlineData("", "user")]
    public async Task Other_text_is_not_continued(string partial, string message)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));

        Assert.Equal(Text, (await RawHttp.RequestAsync(server, ContinuationRequest.Create(partial, message, "{}"))).Answer());
        Assert.Equal(0, server.Requests[0].ContinuedFrom);
    }

    [Theory]
    [InlineData("Please continue exactly where you stopped.", "")]
    [InlineData("请继续", "")]
    [InlineData("And why is grass green?", Text)]
    public async Task Complete_answer_is_continued_only_if_the_message_asks_for_it(string question, string expected)
    {
        string body = $$"""
            {"stream":true,"messages":[
                {"role":"user","content":"Why?"},
                {"role":"assistant","content":{{JsonSerializer.Serialize(Text)}}},
                {"role":"user","content":"{{question}}"}]}
            """;

        Assert.Equal(expected, (await RawHttp.RequestAsync(Script.Answer(Text), body)).Answer());
    }

    [Fact]
    public async Task Partial_reasoning_is_continued()
    {
        string request = ContinuationRequest.Create("", """{"prefix":true,"reasoning_content":"Let me"}""", "{}");
        RawResponse response = await RawHttp.RequestAsync(Script.Answer(Text).WithReasoning("Let me think."), request);

        IEnumerable<JsonNode?> choices = response.Data().SelectMany(chunk => chunk["choices"]!.AsArray());
        Assert.Equal(" think.", string.Concat(choices.Select(choice => (string?)choice!["delta"]!["reasoning_content"])));
        Assert.Equal(Text, response.Answer());
    }

    [Theory]
    [InlineData("a", "bcabcabc")]
    [InlineData("abc", "abcabcab")]
    [InlineData("abcab", "cabcabca")]
    public async Task Endless_answer_continues_within_its_repetition(string partial, string expected)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Endless("abc").CutAtEvent(9));
        string text = (await RawHttp.RequestAsync(server, ContinuationRequest.Create(partial, "{}", "{}"))).Answer();

        Assert.StartsWith(expected, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_cut_at_every_third_byte_can_be_completed()
    {
        Script script = Script.Answer(Text).InChunksOf(2);
        await using var server = await ScriptedLlmServer.StartAsync(script);
        int length = (await RawHttp.RequestAsync(server)).Body.Length;
        for (int offset = 0; offset <= length; offset += 3)
        {
            server.Play(script.ResetAt(offset).ThenWithoutFaults());
            string partial = WithWholeEvents(await RawHttp.RequestAsync(server)).Answer();
            RawResponse rest = await RawHttp.RequestAsync(server, ContinuationRequest.Create(partial, "{}", "{}"));

            Assert.Equal(Text, partial + rest.Answer());
        }
    }

    [Theory]
    [InlineData("a👍b", 0, 0)]
    [InlineData("a👍b", 1, 1)]
    [InlineData("a👍b", 2, 1)]
    [InlineData("a👍b", 3, 3)]
    [InlineData("a👍b", 4, 4)]
    public void Index_within_a_surrogate_pair_is_moved_back(string text, int index, int expected) =>
        Assert.Equal(expected, ContinuationPoint.AlignToCharacter(text, index));

    private static RawResponse WithWholeEvents(RawResponse response)
    {
        int end = response.Body.AsSpan().LastIndexOf("\n\n"u8);
        return response with { Body = end < 0 ? [] : response.Body[..(end + 2)] };
    }
}
