using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

public sealed class ContinuationTests
{
    private const string Text = "Why blue? 因为散射 🌤️👍 — that is all.";

    public static TheoryData<string, string, ContinuationKind> Ways => new()
    {
        { "{}", "{}", ContinuationKind.Prefill },
        { """{"prefix":true}""", "{}", ContinuationKind.PrefixFlag },
        { """{"partial":true}""", "{}", ContinuationKind.PartialFlag },
        { "{}", """{"continue_final_message":true,"add_generation_prompt":false}""", ContinuationKind.ContinueFinalMessage },
        { "user", "{}", ContinuationKind.Instruction },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_answer_goes_on_from_every_character(string message, string body, ContinuationKind kind)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).WithReasoning("Hm."));
        foreach (int length in Lengths())
        {
            RawResponse response = await RawHttp.AskAsync(server, Request(Text[..length], message, body));

            Assert.Equal(Text[length..], response.Answer());
            Assert.DoesNotContain("reasoning", response.Text, StringComparison.Ordinal);
            Assert.Equal((kind, length), (server.Requests[^1].Continuation, server.Requests[^1].ContinuedFrom));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_overlap_says_some_characters_again_but_no_half_of_one(string message, string body, ContinuationKind kind)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).Overlapping(3));
        foreach (int length in Lengths())
        {
            RawResponse response = await RawHttp.AskAsync(server, Request(Text[..length], message, body));

            int from = Math.Max(0, length - 3);
            if (char.IsLowSurrogate(Text[from])) from--;
            Assert.Equal(Text[from..], response.Answer());
            Assert.Equal(kind, server.Requests[^1].Continuation);
        }
    }

    [Fact]
    public async Task An_echo_says_the_prefix_first_in_one_chunk()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).EchoingPrefix());
        RawResponse response = await RawHttp.AskAsync(server, Request("Why blue? 因为", """{"prefix":true}""", "{}"));

        Assert.Equal(Text, response.Answer());
        Assert.Equal("Why blue? 因为", (string?)response.Data()[1]["choices"]![0]!["delta"]!["content"]);
    }

    [Theory]
    [InlineData(null, Text)]
    [InlineData("Something else.", "Something else.")]
    public async Task Starting_over_begins_at_the_beginning(string? other, string expected)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).StartingOver(other));

        Assert.Equal(expected, (await RawHttp.AskAsync(server, Request("Why blue?", "user", "{}"))).Answer());
        Assert.Equal(Text, (await RawHttp.AskAsync(server)).Answer());
    }

    [Fact]
    public async Task Prefill_can_be_refused_and_an_instruction_is_answered_still()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).RefusingPrefill());
        RawResponse refused = await RawHttp.AskAsync(server, Request("Why", "{}", "{}"));
        RawResponse answered = await RawHttp.AskAsync(server, Request("Why", "user", "{}"));

        Assert.Equal(400, refused.Status);
        Assert.StartsWith("This model does not support assistant message prefill.", (string?)JsonNode.Parse(refused.Text)!["error"]!["message"], StringComparison.Ordinal);
        Assert.Equal(" blue? 因为散射 🌤️👍 — that is all.", answered.Answer());
    }

    [Fact]
    public async Task A_flag_can_be_needed()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).NeedingFlag("prefix"));

        Assert.Equal(400, (await RawHttp.AskAsync(server, Request("Why", "{}", "{}"))).Status);
        Assert.Equal(200, (await RawHttp.AskAsync(server, Request("Why", """{"prefix":true}""", "{}"))).Status);
        Assert.Equal(200, (await RawHttp.AskAsync(server)).Status);
    }

    [Fact]
    public async Task Continue_final_message_needs_add_generation_prompt_false()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));

        Assert.Equal(400, (await RawHttp.AskAsync(server, Request("Why", "{}", """{"continue_final_message":true}"""))).Status);
    }

    [Theory]
    [InlineData("Something that was never said", "{}")]
    [InlineData("Something that was never said", "user")]
    [InlineData("", "user")]
    public async Task What_is_no_beginning_of_the_answer_is_not_continued(string partial, string message)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));

        Assert.Equal(Text, (await RawHttp.AskAsync(server, Request(partial, message, "{}"))).Answer());
        Assert.Equal(0, server.Requests[0].ContinuedFrom);
    }

    [Theory]
    [InlineData("Please continue exactly where you stopped.", "")]
    [InlineData("请继续", "")]
    [InlineData("And why is grass green?", Text)]
    public async Task After_the_whole_answer_only_a_plea_to_go_on_is_a_continuation(string question, string expected)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text));
        string body = $$"""{"stream":true,"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":{{JsonSerializer.Serialize(Text)}}},{"role":"user","content":"{{question}}"}]}""";

        Assert.Equal(expected, (await RawHttp.AskAsync(server, body)).Answer());
    }

    [Fact]
    public async Task Half_a_reasoning_goes_on_too()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer(Text).WithReasoning("Let me think."));
        RawResponse response = await RawHttp.AskAsync(server, Request("", """{"prefix":true,"reasoning_content":"Let me"}""", "{}"));

        Assert.Equal(" think.", string.Concat(response.Data().SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string?)choice!["delta"]!["reasoning_content"])));
        Assert.Equal(Text, response.Answer());
    }

    [Fact]
    public async Task An_answer_cut_again_and_again_comes_together_at_every_byte()
    {
        Script script = Script.Answer(Text).InChunksOf(2);
        await using var server = await ScriptedLlmServer.StartAsync(script);
        int length = (await RawHttp.AskAsync(server)).Body.Length;
        for (int offset = 0; offset <= length; offset += 3)
        {
            server.Play(script.ResetAt(offset).ThenWithoutFaults());
            RawResponse first = await RawHttp.AskAsync(server);
            string got = WholeEvents(first).Answer();
            RawResponse second = await RawHttp.AskAsync(server, Request(got, "{}", "{}"));

            Assert.Equal(Text, got + second.Answer());
        }
    }

    private static RawResponse WholeEvents(RawResponse response)
    {
        int end = response.Body.AsSpan().LastIndexOf("\n\n"u8);
        return response with { Body = end < 0 ? [] : response.Body[..(end + 2)] };
    }

    private static IEnumerable<int> Lengths() => Enumerable.Range(1, Text.Length - 1).Where(length => !char.IsLowSurrogate(Text[length]));

    private static string Request(string partial, string message, string body)
    {
        var assistant = new JsonObject { ["role"] = "assistant", ["content"] = partial };
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }, assistant);
        if (message == "user") messages.Add(new JsonObject { ["role"] = "user", ["content"] = "Go on." });
        else foreach ((string name, JsonNode? value) in JsonNode.Parse(message)!.AsObject()) assistant[name] = value!.DeepClone();
        var request = new JsonObject { ["model"] = "m", ["stream"] = true, ["messages"] = messages };
        foreach ((string name, JsonNode? value) in JsonNode.Parse(body)!.AsObject()) request[name] = value!.DeepClone();
        return request.ToJsonString();
    }
}
