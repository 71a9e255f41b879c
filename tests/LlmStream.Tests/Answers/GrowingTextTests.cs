using System.Text;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Tests.Answers;

/// <summary>How chunks become pieces. <see cref="ChatTextMode"/> states the rule.</summary>
public class GrowingTextTests
{
    [Theory]
    [InlineData("a|b|c", "0 a|1 b|2 c", "abc")]
    [InlineData("a|a|a", "0 a|1 a|2 a", "aaa")]
    [InlineData("a||b", "0 a|1 b", "ab")]
    public void Increments_are_added(string chunks, string pieces, string text) => Check(ChatTextMode.Incremental, chunks, pieces, text);

    [Theory]
    [InlineData("a|ab|abc", "0 a|1 b|2 c", "abc")]
    [InlineData("a|a|a", "0 a", "a")]
    [InlineData("abc||abc", "0 abc", "abc")] // an empty chunk changes nothing
    [InlineData("abc|ab", "0 abc|2 ", "ab")] // taken back
    [InlineData("abc|abd|abde", "0 abc|2 d|3 e", "abde")] // rewritten
    [InlineData("abc|xyz", "0 abc|0 xyz", "xyz")]
    [InlineData("\u00e9|\u00e8", "0 \u00e9|0 \u00e8", "\u00e8")]
    public void Snapshots_are_compared_with_the_text(string chunks, string pieces, string text) => Check(ChatTextMode.Cumulative, chunks, pieces, text);

    [Theory]
    [InlineData("One|One two|One two three", "0 One|3  two three", "One two three")] // grew for the second time
    [InlineData("Eight ch|Eight chars", "0 Eight ch|8 ars", "Eight chars")] // the chunk before had eight characters: cumulative at once
    [InlineData("12345678|12345678|12345678", "0 12345678", "12345678")] // never differs: cumulative, at the end
    [InlineData("Seven c|Seven ch", "0 Seven c|7 h", "Seven ch")] // undecided to the end: cumulative
    [InlineData("  short  |  short  er", "0   short  |9 er", "  short  er")] // white space does not count; decided by the second growth or the end
    [InlineData("a|b", "0 a|1 b", "ab")] // does not begin with the chunk before: incremental
    [InlineData("ha|haha|!", "0 ha|2 haha!", "hahaha!")] // what was held back is emitted
    [InlineData("ha|haha|hahaha!", "0 ha|2 haha!", "hahaha!")] // the known limit of the rule: regarded as snapshots, rightly or not
    [InlineData("=|=|=|x", "0 =|1 ==x", "===x")] // repeats that never grow
    [InlineData("one two three|one two three|one", "0 one two three|13 one two threeone", "one two threeone two threeone")]
    [InlineData("same|same", "0 same", "same")]
    [InlineData("one chunk", "0 one chunk", "one chunk")]
    public void Auto_decides_from_the_chunks(string chunks, string pieces, string text) => Check(ChatTextMode.Auto, chunks, pieces, text);

    [Theory]
    [InlineData("x\\ud83d|x\\ud83d\\ude00|x\\ud83d\\ude00y", "0 x|1 \U0001F600|3 y")]
    [InlineData("abc|a\\ud83d|a\\ud83d\\ude00", "0 abc|1 |1 \U0001F600")] // rewritten, with half of a pair behind it
    [InlineData("a\\ud83d\\ude00|a\\ud83d\\ude01", "0 a\U0001F600|1 \U0001F601")] // the first half is common; the pair is not split
    [InlineData("a\\ud83d\\ude00|a\\ud83d", "0 a\U0001F600|1 |1 \uFFFD")] // taken back to half of a pair
    [InlineData("a\\ud83d\\ude00b|a\\ud83d|a\\ud83d\\ude00b", "0 a\U0001F600b|1 |1 \U0001F600b")]
    public void Snapshots_never_split_a_pair(string chunks, string pieces) => Check(ChatTextMode.Cumulative, chunks, pieces, text: null);

    [Theory]
    [InlineData("a\\ud83d|\\ude00b", "0 a|1 \U0001F600b")]
    [InlineData("a\\ud83d|b", "0 a|1 \uFFFDb")]
    [InlineData("\\ude00", "0 \uFFFD")]
    [InlineData("\\ud83d", "0 \uFFFD")]
    [InlineData("\\ud83d|\\ud83d|\\ude00", "0 \uFFFD|1 \U0001F600")]
    public void Increments_never_split_a_pair(string chunks, string pieces) => Check(ChatTextMode.Incremental, chunks, pieces, text: null);

    [Fact]
    public void A_character_may_be_cut_at_any_byte()
    {
        byte[] text = Encoding.UTF8.GetBytes("aé漢\U0001F600z");
        foreach (ChatTextMode mode in new[] { ChatTextMode.Incremental, ChatTextMode.Auto })
        {
            for (int cut = 1; cut < text.Length; cut++)
            {
                var growing = new GrowingText(mode, 100, "The text");
                growing.Append(text.AsSpan(0, cut), escaped: false, out _);
                growing.Append(text.AsSpan(cut), escaped: false, out _);
                growing.Complete(out _);
                Assert.Equal("aé漢\U0001F600z", growing.ToString());
            }
        }
    }

    [Fact]
    public void A_snapshot_may_be_cut_at_any_byte()
    {
        byte[] text = Encoding.UTF8.GetBytes("aé漢\U0001F600z");
        var growing = new GrowingText(ChatTextMode.Cumulative, 100, "The text");
        for (int cut = 1; cut <= text.Length; cut++)
        {
            growing.Append(text.AsSpan(0, cut), escaped: false, out _);
            Assert.StartsWith(growing.ToString(), "aé漢\U0001F600z", StringComparison.Ordinal);
        }

        Assert.Equal("aé漢\U0001F600z", growing.ToString());
    }

    [Theory]
    [InlineData(ChatTextMode.Incremental)]
    [InlineData(ChatTextMode.Cumulative)]
    [InlineData(ChatTextMode.Auto)]
    public void A_text_over_its_limit_is_refused_and_what_was_emitted_is_kept(ChatTextMode mode)
    {
        var growing = new GrowingText(mode, 10, "The text");
        growing.Append("12345"u8, escaped: false, out _);
        string next = mode == ChatTextMode.Incremental ? "678901" : "12345678901";
        Assert.Throws<AnswerTooLargeException>(() => growing.Append(Encoding.UTF8.GetBytes(next), escaped: false, out _));
        Assert.False(growing.Complete(out _));
        Assert.Equal("12345", growing.ToString());
    }

    [Theory]
    [InlineData(ChatTextMode.Incremental, 9, true)]
    [InlineData(ChatTextMode.Incremental, 10, true)]
    [InlineData(ChatTextMode.Incremental, 11, false)]
    [InlineData(ChatTextMode.Cumulative, 9, true)]
    [InlineData(ChatTextMode.Cumulative, 10, true)]
    [InlineData(ChatTextMode.Cumulative, 11, false)]
    [InlineData(ChatTextMode.Auto, 9, true)]
    [InlineData(ChatTextMode.Auto, 10, true)]
    [InlineData(ChatTextMode.Auto, 11, false)]
    public void A_text_may_be_as_long_as_its_limit(ChatTextMode mode, int length, bool fits)
    {
        string text = "12345678901"[..length];
        var growing = new GrowingText(mode, 10, "The text");
        growing.Append(Encoding.UTF8.GetBytes(text[..4]), escaped: false, out _);
        byte[] next = Encoding.UTF8.GetBytes(mode == ChatTextMode.Cumulative ? text : text[4..]);
        if (fits) Assert.True(growing.Append(next, escaped: false, out _));
        else Assert.Throws<AnswerTooLargeException>(() => growing.Append(next, escaped: false, out _));
        Assert.Equal(fits ? text : text[..4], growing.ToString());
    }

    [Fact]
    public void Chunks_that_are_held_back_count()
    {
        var growing = new GrowingText(ChatTextMode.Auto, 10, "The text");
        for (int i = 0; i < 3; i++) growing.Append("12345"u8, escaped: false, out _);
        Assert.Throws<AnswerTooLargeException>(() => growing.Append("12345"u8, escaped: false, out _));
        Assert.Equal("12345", growing.ToString());
    }

    [Fact]
    public void The_replacement_of_a_character_that_was_cut_off_is_left_out_if_it_does_not_fit()
    {
        foreach (int limit in new[] { 2, 3 })
        {
            var growing = new GrowingText(ChatTextMode.Incremental, limit, "The text");
            growing.Append([(byte)'a', (byte)'b', 0xE6], escaped: false, out _);
            Assert.Equal(limit == 3, growing.Complete(out TextPiece piece));
            Assert.Equal(limit == 3 ? "\uFFFD" : null, piece.Text);
        }
    }

    [Theory]
    [InlineData(0, "abcdef", "def", 3, "abcdef")]
    [InlineData(0, "abc", null, 0, "abc")]
    [InlineData(0, "ab", "", 2, "ab")] // shorter: nothing is emitted in place of what was taken back
    [InlineData(0, "xbc", "xbc", 0, "xbc")]
    [InlineData(1, "bcd", "d", 3, "abcd")]
    [InlineData(1, "x", "x", 1, "ax")]
    [InlineData(3, "d", "d", 3, "abcd")]
    [InlineData(3, "", null, 0, "abc")]
    public void The_end_of_a_text_is_replaced(int start, string end, string? emitted, int offset, string text)
    {
        var growing = new GrowingText(ChatTextMode.Incremental, 10, "The text");
        growing.Append("abc"u8, escaped: false, out _);
        Assert.Equal(emitted is not null, growing.ReplaceEnd(start, end, out TextPiece piece));
        Assert.Equal((emitted, offset), (piece.Text, piece.Offset));
        Assert.Equal(text, growing.ToString());
        Assert.Equal(text.Length, growing.ReceivedLength);
    }

    [Fact]
    public void A_replaced_end_does_not_split_a_surrogate_pair()
    {
        var growing = new GrowingText(ChatTextMode.Incremental, 10, "The text");
        growing.Append("a\\ud83d\\ude00b"u8, escaped: true, out _);
        Assert.True(growing.ReplaceEnd(1, "\ud83d\ude01c", out TextPiece piece));
        Assert.Equal(("\ud83d\ude01c", 1), (piece.Text, piece.Offset));

        growing = new GrowingText(ChatTextMode.Incremental, 10, "The text");
        growing.Append("a\\ud83d"u8, escaped: true, out _); // the second half is missing
        Assert.Equal(2, growing.ReceivedLength);
        Assert.True(growing.ReplaceEnd(2, "\ude00", out piece));
        Assert.Equal(("\ud83d\ude00", 1), (piece.Text, piece.Offset));
    }

    [Fact]
    public void A_replaced_end_is_limited()
    {
        var growing = new GrowingText(ChatTextMode.Incremental, 5, "The text");
        growing.Append("abc"u8, escaped: false, out _);
        Assert.Throws<AnswerTooLargeException>(() => growing.ReplaceEnd(2, "cdef", out _));
        Assert.Equal("abc", growing.ToString());
    }

    [Theory]
    [InlineData("abc", false, true)]
    [InlineData("a\\u0062c", true, true)]
    [InlineData("ab", false, false)]
    [InlineData("", false, false)]
    public void A_text_is_compared_with_a_string(string raw, bool escaped, bool isEqual)
    {
        var growing = new GrowingText(ChatTextMode.Incremental, 10, "The text");
        Assert.False(growing.IsEqualTo(""u8, escaped: false)); // an empty text is equal to none
        growing.Append("abc"u8, escaped: false, out _);
        Assert.Equal(isEqual, growing.IsEqualTo(Encoding.UTF8.GetBytes(raw), escaped));
    }

    [Theory]
    [InlineData(ChatTextMode.Incremental)]
    [InlineData(ChatTextMode.Cumulative)]
    [InlineData(ChatTextMode.Auto)]
    public void Work_is_linear_in_the_bytes(ChatTextMode mode)
    {
        // Measured by the allocations: the pieces, and one buffer.
        Allocated(mode, 2000); // fills the pool
        long small = Allocated(mode, 500), large = Allocated(mode, 2000);
        Assert.InRange(large, 0, 8 * small);
    }

    [Fact]
    public void Many_pieces_of_one_event_are_joined_in_linear_work()
    {
        var choice = new ChoiceBuilder(0, ChatTextMode.Incremental, new ChatReadOptions(), new TemplateRecorder());
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++) choice.AddText("x"u8, escaped: false);
        ChatDelta delta = choice.TakeChanges(ChatStreamInfo.Unknown, usage: null, raw: null);
        Assert.Equal(100_000, delta.Text.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }

    private static long Allocated(ChatTextMode mode, int chunks)
    {
        var growing = new GrowingText(mode, int.MaxValue / 2, "The text");
        byte[] text = [.. Enumerable.Range(0, chunks * 10).Select(i => (byte)('a' + (i % 23)))];
        growing.Append(text.AsSpan(0, 10), escaped: false, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < chunks; i++)
            growing.Append(mode == ChatTextMode.Incremental ? text.AsSpan(i * 10, 10) : text.AsSpan(0, (i * 10) + 10), escaped: false, out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(chunks * 10, growing.Length);
        growing.Release();
        return allocated;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_piece_that_is_added_at_once_does_not_depend_on_what_follows_it(int seed)
    {
        string[] parts = ["a", " ", "word", "é", "漢", "\U0001F600", "\\n", "\\u4e2d", "\\ud83d\\ude00", "\\ud83d"];
        var random = new Random(seed);
        int added = 0;
        for (int i = 0; i < 3_000; i++)
        {
            int kinds = random.Next(3, parts.Length + 1); // most texts without escapes
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => parts[random.Next(kinds)]));
            byte[] raw = Encoding.UTF8.GetBytes(text);
            if (text[^1] == '漢') raw = raw[..^random.Next(3)]; // the sequence may be incomplete
            bool escaped = raw.Contains((byte)'\\');
            var chars = new char[raw.Length];
            int length = JsonText.Decode(raw, escaped, chars, out int incomplete);
            // Half of a surrogate pair is no rune.
            bool isWhole = incomplete == 0 && new string(chars, 0, length).EnumerateRunes().All(rune => rune != Rune.ReplacementChar);

            var growing = new GrowingText(ChatTextMode.Incremental, 1000, "The text");
            growing.Append("start"u8, escaped: false, out _);
            byte[] followed = [.. raw, .. Encoding.UTF8.GetBytes("\"},é\":漢漢漢漢漢")[..random.Next(20)]];
            string? piece = growing.TryAppend(followed, raw.Length, escaped);
            Assert.Equal(isWhole ? new string(chars, 0, length) : null, piece);
            Assert.Equal("start" + piece, growing.ToString());
            Assert.Equal(growing.Length, growing.ReceivedLength);
            added += isWhole ? 1 : 0;
        }

        Assert.InRange(added, 1_000, 2_900);
    }

    [Fact]
    public void A_piece_that_exceeds_the_limit_is_not_added_at_once()
    {
        var growing = new GrowingText(ChatTextMode.Incremental, 8, "The text");
        Assert.Equal("1234", growing.TryAppend("12345678"u8, 4, escaped: false));
        Assert.Null(growing.TryAppend("56789"u8, 5, escaped: false));
        Assert.Equal("5678", growing.TryAppend("56789"u8, 4, escaped: false));
        Assert.Throws<AnswerTooLargeException>(() => growing.Append("9"u8, escaped: false, out _));
        Assert.Equal("12345678", growing.ToString());
    }

    private static void Check(ChatTextMode mode, string chunks, string pieces, string? text)
    {
        var growing = new GrowingText(mode, 1000, "The text");
        List<TextPiece> actual = [];
        foreach (string chunk in chunks.Split('|'))
        {
            if (growing.Append(Encoding.UTF8.GetBytes(chunk), escaped: chunk.Contains('\\', StringComparison.Ordinal), out TextPiece piece)) actual.Add(piece);
        }

        if (growing.Complete(out TextPiece last)) actual.Add(last);
        Assert.Equal(pieces, string.Join('|', actual.Select(piece => $"{piece.Offset} {piece.Text}")));
        string applied = actual.Aggregate("", (sofar, piece) => sofar[..piece.Offset] + piece.Text);
        Assert.Equal(applied, growing.ToString());
        if (text is not null) Assert.Equal(text, applied);
    }
}
