using System.Globalization;
using System.Text;
using LlmStream.Redis.Reading;
using LlmStream.Relay;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Redis.Tests.Reading;

public class StreamTailTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Records_that_were_read_and_appended_are_kept()
    {
        StreamTail tail = Create();
        tail.Merge(default, Page("e1", 1, 3, last: 3));
        tail.Append(Message("e1", 4, 2));
        Assert.Equal("1, 2, 3, 4, 5", Read(tail, ""));
        Assert.Equal("3, 4, 5", Read(tail, "e1", 2));
        Assert.Equal("5", Read(tail, "e1", 4));
        Assert.Equal(5, tail.TryRead(new ChatStreamPosition("e1", 1), 2)!.LastSequence);
    }

    [Fact]
    public void A_reader_that_has_everything_asks_the_server()
    {
        StreamTail tail = Create();
        tail.Merge(default, Page("e1", 1, 3, last: 3));
        Assert.Null(Read(tail, "e1", 3));
        Assert.Null(Read(tail, "e1", 4));
        Assert.Null(Read(Create(), ""));
    }

    [Fact]
    public void A_position_that_is_not_known_is_left_to_the_server()
    {
        StreamTail tail = Create();
        tail.Merge(new ChatStreamPosition("e1", 4), Page("e1", 5, 3, last: 7));
        Assert.Null(Read(tail, "e0", 5));
        Assert.Null(Read(tail, "e0", 4));
        Assert.Null(Read(tail, "e1", 3));
        Assert.Null(Read(tail, "", -1));
        Assert.Equal("5, 6, 7", Read(tail, "e1", 4));
        Assert.Equal("5, 6, 7", Read(tail, "", 4));

        // What came before the first record is not known from a message.
        tail.Append(Message("e2", 8, 1));
        Assert.Null(Read(tail, "e1", 7));
        Assert.Equal("8", Read(tail, "", 7));
    }

    [Fact]
    public void Another_epoch_and_a_gap_begin_anew()
    {
        StreamTail tail = Create();
        tail.Merge(default, Page("e1", 1, 5, last: 5));
        tail.Append(Message("e2", 4, 3)); // 4 and 5 were lost, and appended again
        Assert.Null(Read(tail, ""));
        Assert.Null(Read(tail, "e1", 5));
        Assert.Equal("5, 6", Read(tail, "e2", 4));
        tail.Append(Message("e2", 9, 1));
        Assert.Null(Read(tail, "e2", 6));
        Assert.Equal("9", Read(tail, "", 8));
    }

    [Fact]
    public void Repeated_and_late_messages_change_nothing()
    {
        StreamTail tail = Create();
        tail.Append(Message("e1", 1, 3));
        tail.Append(Message("e1", 1, 3));
        tail.Append(Message("e1", 3, 2));
        tail.Append(Message("e1", 2, 1));
        tail.Merge(default, Page("e1", 1, 2, last: 2)); // was read before the others were appended
        Assert.Equal("1, 2, 3, 4", Read(tail, ""));
    }

    [Fact]
    public void A_page_that_does_not_reach_the_last_record_does_not_hide_the_others()
    {
        StreamTail tail = Create();
        tail.Merge(default, Page("e1", 1, 2, last: 9));
        Assert.Equal(9, tail.TryRead(default, 1000)!.LastSequence);
        Assert.Null(Read(tail, "e1", 2));
        tail.Append(Message("e1", 10, 1));
        Assert.Null(Read(tail, "e1", 2));
        Assert.Equal("10", Read(tail, "e1", 9) ?? Read(tail, "", 9));
    }

    [Fact]
    public void The_end_comes_with_the_last_record()
    {
        StreamTail tail = Create();
        tail.Merge(default, Page("e1", 1, 3, last: 3) with { End = new ChatStreamEnd(ChatStreamVerdict.Complete, default) });
        Assert.Null(tail.TryRead(default, 1)!.End);
        Assert.NotNull(tail.TryRead(new ChatStreamPosition("e1", 2), 1)!.End);
    }

    [Fact]
    public void What_was_not_confirmed_for_a_second_is_not_used()
    {
        StreamTail tail = Create();
        tail.Append(Message("e1", 1, 3));
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.NotNull(Read(tail, ""));
        tail.Append(Message("e1", 1, 3)); // a repetition confirms nothing
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(Read(tail, ""));
        tail.Append(Message("e1", 4, 1));
        Assert.Equal("1, 2, 3, 4", Read(tail, ""));
        tail.Merge(default, new ChatStreamPage { Gap = ChatStreamGap.NotFound });
        Assert.Null(Read(tail, ""));
    }

    [Fact]
    public void It_is_bounded_by_bytes()
    {
        StreamTail tail = Create(maxBytes: 100);
        for (int i = 1; i <= 1000; i++)
        {
            tail.Append(Message("e1", i, 1));
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), Read(tail, i == 1 ? "" : "e1", i - 1));
        }

        Assert.Null(Read(tail, ""));
        Assert.InRange(Enumerable.Range(1, 1000).Count(i => Read(tail, "e1", i) is not null), 5, 100);
        tail.Append(new RecordsMessage("e1", 1001, [new byte[500]]));
        Assert.Null(Read(tail, "e1", 1000)); // larger than everything that is kept
    }

    [Theory]
    [InlineData("rabc 7 3,0,2\nonehe", 7, "one", "", "he")]
    [InlineData("rabc 1 1\n\n", 1, "\n")]
    public void A_message_is_read(string text, long first, params string[] records)
    {
        RecordsMessage message = RecordsMessage.TryParse(Encoding.UTF8.GetBytes(text))!;
        Assert.Equal(("abc", first), (message.Epoch, message.FirstSequence));
        Assert.Equal(records, message.Records.Select(record => Encoding.UTF8.GetString(record.Span)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("r")]
    [InlineData("e")]
    [InlineData("s")]
    [InlineData("\n")]
    [InlineData("r\n")]
    [InlineData("rabc\n")]
    [InlineData("rabc 7\n")]
    [InlineData("rabc 7 3\nto")]
    [InlineData("rabc 7 3\nthree")]
    [InlineData("rabc 7 3,\nthree")]
    [InlineData("rabc 7 -1\n")]
    [InlineData("rabc x 1\na")]
    public void A_message_without_records_is_not_read(string text) => Assert.Null(RecordsMessage.TryParse(Encoding.UTF8.GetBytes(text)));

    private static string? Read(StreamTail tail, string epoch, long sequence = 0) =>
        tail.TryRead(new ChatStreamPosition(epoch, sequence), 1000) is { } page
            ? string.Join(", ", page.Records.Select(record => record.Position.Sequence))
            : null;

    private static ChatStreamPage Page(string epoch, long first, int count, long last) => new()
    {
        Epoch = epoch,
        LastSequence = last,
        Records = [.. Enumerable.Range(0, count).Select(i => new ChatStreamRecord(new ChatStreamPosition(epoch, first + i), new byte[10]))],
    };

    private static RecordsMessage Message(string epoch, long first, int count) =>
        new(epoch, first, [.. Enumerable.Range(0, count).Select(_ => (ReadOnlyMemory<byte>)new byte[10])]);

    private StreamTail Create(int maxBytes = 1000) => new(maxBytes, _time);
}
