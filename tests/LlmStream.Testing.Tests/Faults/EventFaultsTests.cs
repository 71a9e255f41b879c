using System.Text;

namespace LlmStream.Testing.Tests.Faults;

public sealed class EventFaultsTests
{
    private const string ErrorJson = """{"error":{"message":"Oh no","type":"overloaded","param":null,"code":"overloaded"}}""";
    private const string IndentedErrorJson = """
        {
          "error": {
            "message": "Oh no",
            "type": "overloaded",
            "param": null,
            "code": "overloaded"
          }
        }
        """;

    private static readonly Script Answer = Script.Answer("One two three");

    public static TheoryData<ErrorFormat, string> ErrorFrames => new()
    {
        { ErrorFormat.Data, $"data: {ErrorJson}\n\n" },
        { ErrorFormat.Event, $"event: error\ndata: {ErrorJson}\n\n" },
        { ErrorFormat.Field, $"error: {ErrorJson}\n\n" },
        { ErrorFormat.BareJson, IndentedErrorJson.ReplaceLineEndings("\n") + "\n" },
    };

    [Theory]
    [MemberData(nameof(ErrorFrames))]
    public async Task Error_replaces_an_event_and_ends_the_body(ErrorFormat format, string frame)
    {
        RawResponse complete = await RawHttp.RequestAsync(Answer);
        RawResponse response = await RawHttp.RequestAsync(Answer.FailAtEvent(2, ErrorFrame.Create(format, "Oh no", "overloaded")));

        Assert.Equal(string.Concat(complete.Events().Take(2).Select(e => e + "\n\n")) + frame, response.Text);
        Assert.Equal(ResponseEnd.Complete, response.End);
    }

    [Fact]
    public async Task Malformed_event_is_cut_in_half_and_the_stream_continues()
    {
        IReadOnlyList<string> complete = (await RawHttp.RequestAsync(Answer)).Events();
        IReadOnlyList<string> events = (await RawHttp.RequestAsync(Answer.MalformEvent(2))).Events();

        Assert.Equal(complete.Count, events.Count);
        Assert.StartsWith(events[2], complete[2], StringComparison.Ordinal);
        Assert.Equal(6 + ((complete[2].Length - 6) / 2), events[2].Length);
        Assert.Equal(complete.Where((_, index) => index != 2), events.Where((_, index) => index != 2));
    }

    [Fact]
    public async Task Duplicated_event_is_sent_twice_and_counted_once()
    {
        IReadOnlyList<string> complete = (await RawHttp.RequestAsync(Answer)).Events();
        IReadOnlyList<string> events = (await RawHttp.RequestAsync(Answer.DuplicateEvent(1).CutAtEvent(3))).Events();

        Assert.Equal([complete[0], complete[1], complete[1], complete[2]], events);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(2_000_000)]
    public async Task Padded_event_has_the_size_and_its_content(int size)
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.PadEvent(2, size));

        Assert.Equal(size, Encoding.UTF8.GetByteCount(response.Events()[2]) + 2);
        Assert.Equal("One two three", response.Answer());
    }

    [Fact]
    public async Task Comments_precede_their_events_and_are_not_counted()
    {
        string text = (await RawHttp.RequestAsync(Answer.WithKeepAlives("ping").WithComment(1, "PROCESSING").CutAtEvent(2))).Text;
        IReadOnlyList<string> complete = (await RawHttp.RequestAsync(Answer)).Events();

        Assert.Equal($": ping\n\n{complete[0]}\n\n: ping\n\n: PROCESSING\n\n{complete[1]}\n\n: ping\n\n", text);
    }

    [Theory]
    [InlineData(LineEnding.CrLf, "\r\n")]
    [InlineData(LineEnding.Cr, "\r")]
    public async Task Line_endings_are_replaced(LineEnding lineEnding, string expected)
    {
        RawResponse complete = await RawHttp.RequestAsync(Answer);
        RawResponse response = await RawHttp.RequestAsync(Answer.WithLineEndings(lineEnding));

        Assert.Equal(complete.Text.Replace("\n", expected, StringComparison.Ordinal), response.Text);
    }

    [Fact]
    public async Task Byte_order_mark_comes_first()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.WithByteOrderMark().CutAt(4));

        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'d'], response.Body);
    }
}
