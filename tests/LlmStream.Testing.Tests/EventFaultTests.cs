using System.Text;

namespace LlmStream.Testing.Tests;

/// <summary>What the events are made to be, byte for byte.</summary>
public sealed class EventFaultTests
{
    private static readonly Script Answer = Script.Answer("One two three");

    [Theory]
    [InlineData(ErrorForm.Data, "data: {\"error\":{\"message\":\"Oh no\",\"type\":\"overloaded\",\"param\":null,\"code\":\"overloaded\"}}\n\n")]
    [InlineData(ErrorForm.Event, "event: error\ndata: {\"error\":{\"message\":\"Oh no\",\"type\":\"overloaded\",\"param\":null,\"code\":\"overloaded\"}}\n\n")]
    [InlineData(ErrorForm.Field, "error: {\"error\":{\"message\":\"Oh no\",\"type\":\"overloaded\",\"param\":null,\"code\":\"overloaded\"}}\n\n")]
    [InlineData(ErrorForm.BareJson, "{\n  \"error\": {\n    \"message\": \"Oh no\",\n    \"type\": \"overloaded\",\n    \"param\": null,\n    \"code\": \"overloaded\"\n  }\n}\n")]
    public async Task An_error_takes_the_place_of_an_event_and_ends_the_body(ErrorForm form, string frame)
    {
        RawResponse whole = await AskAsync(Answer);
        RawResponse response = await AskAsync(Answer.FailAt(2, ErrorFrame.Of(form, "Oh no", "overloaded")));

        Assert.Equal(string.Concat(whole.Events().Take(2).Select(e => e + "\n\n")) + frame, response.Text);
        Assert.Equal(WireEnd.Terminated, response.End);
    }

    [Fact]
    public async Task A_malformed_event_is_cut_in_half_and_the_rest_goes_on()
    {
        IReadOnlyList<string> whole = (await AskAsync(Answer)).Events();
        IReadOnlyList<string> events = (await AskAsync(Answer.MalformedAt(2))).Events();

        Assert.Equal(whole.Count, events.Count);
        Assert.StartsWith(events[2], whole[2], StringComparison.Ordinal);
        Assert.Equal(6 + ((whole[2].Length - 6) / 2), events[2].Length);
        Assert.Equal(whole.Where((_, index) => index != 2), events.Where((_, index) => index != 2));
    }

    [Fact]
    public async Task A_duplicated_event_comes_twice_and_is_counted_once()
    {
        IReadOnlyList<string> whole = (await AskAsync(Answer)).Events();
        IReadOnlyList<string> events = (await AskAsync(Answer.DuplicateAt(1).CutAtEvent(3))).Events();

        Assert.Equal([whole[0], whole[1], whole[1], whole[2]], events);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(2_000_000)]
    public async Task An_event_is_padded_to_a_size_and_still_says_what_it_said(int size)
    {
        RawResponse response = await AskAsync(Answer.PadAt(2, size));

        Assert.Equal(size, Encoding.UTF8.GetByteCount(response.Events()[2]) + 2);
        Assert.Equal("One two three", response.Answer());
    }

    [Fact]
    public async Task An_event_that_is_longer_than_it_shall_be_fails_the_request()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer.PadAt(2, 20));
        await RawHttp.AskAsync(server);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => server.Requests[0].Finished);
        Assert.Contains("cannot be padded to 20 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_stand_where_they_shall_and_are_not_counted()
    {
        string text = (await AskAsync(Answer.WithKeepAlives("ping").WithComment(1, "PROCESSING").CutAtEvent(2))).Text;
        IReadOnlyList<string> whole = (await AskAsync(Answer)).Events();

        Assert.Equal($": ping\n\n{whole[0]}\n\n: ping\n\n: PROCESSING\n\n{whole[1]}\n\n: ping\n\n", text);
    }

    [Theory]
    [InlineData(LineEnd.CrLf, "\r\n")]
    [InlineData(LineEnd.Cr, "\r")]
    public async Task Lines_end_as_they_shall(LineEnd lineEnd, string end)
    {
        RawResponse whole = await AskAsync(Answer);
        RawResponse response = await AskAsync(Answer.WithLineEnds(lineEnd));

        Assert.Equal(whole.Text.Replace("\n", end, StringComparison.Ordinal), response.Text);
    }

    [Fact]
    public async Task A_byte_order_mark_comes_first()
    {
        RawResponse response = await AskAsync(Answer.WithByteOrderMark().CutAt(4));

        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'d'], response.Body);
    }

    [Fact]
    public async Task The_marks_of_the_end_can_be_missing()
    {
        string whole = (await AskAsync(Answer)).Text;
        string withoutDone = (await AskAsync(Answer.WithoutDone())).Text;
        string withoutBoth = (await AskAsync(Answer.WithoutDone().WithoutFinish())).Text;

        Assert.Equal(whole, withoutDone + "data: [DONE]\n\n");
        Assert.Contains("\"finish_reason\":\"stop\"", withoutDone, StringComparison.Ordinal);
        Assert.DoesNotContain("\"stop\"", withoutBoth, StringComparison.Ordinal);
    }

    private static async Task<RawResponse> AskAsync(Script script)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server);
    }
}
