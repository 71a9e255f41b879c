using LlmStream.Cli.Answers;

namespace LlmStream.Cli.Tests.Answers;

public sealed class AnswerWriterTests : IDisposable
{
    private readonly StringWriter _display = new();
    private readonly StringWriter _pipe = new();

    [Fact]
    public void Sections_are_separated_on_the_display()
    {
        AnswerWriter writer = Create(pipe: null);
        writer.Write(new ChatDelta { Reasoning = "Hm" });
        writer.Write(new ChatDelta { Reasoning = ".", ReasoningOffset = 2 });
        writer.Write(new ChatDelta { Text = "Hi" });
        writer.EndLine();

        Assert.Equal("Hm.\n\nHi\n", _display.ToString());
    }

    [Fact]
    public void Pipe_receives_the_text_unchanged_and_nothing_else()
    {
        AnswerWriter writer = Create(_pipe);
        writer.Write(new ChatDelta { Reasoning = "Hm." });
        writer.Write(new ChatDelta { Text = "\u001B[1mHi\r" });
        writer.Write(new ChatDelta { Text = "\n", TextOffset = 7 });
        writer.EndLine();

        Assert.Equal(("Hm.\n", "\u001B[1mHi\r\n"), (_display.ToString(), _pipe.ToString()));
        Assert.False(writer.IsPipeWrong);
    }

    [Fact]
    public void Line_ending_split_between_deltas_is_one_line_ending()
    {
        AnswerWriter writer = Create(pipe: null);
        writer.Write(new ChatDelta { Text = "a\r" });
        writer.Write(new ChatDelta { Text = "\nb\r", TextOffset = 2 });
        writer.EndLine();

        Assert.Equal("a\nb␍\n", _display.ToString());
    }

    [Theory]
    [InlineData(ChatStreamError.Connection, ChatSeamKind.Appended, "connection lost; resumed")]
    [InlineData(ChatStreamError.Truncated, ChatSeamKind.Replayed, "stream truncated; resumed")]
    [InlineData(ChatStreamError.IdleTimeout, ChatSeamKind.Restarted, "timed out; restarted")]
    [InlineData(ChatStreamError.ServerError, ChatSeamKind.Appended, "ServerError; resumed")]
    public void Seam_is_inline_or_on_a_separate_line(ChatStreamError reason, ChatSeamKind kind, string mark)
    {
        ChatDelta[] deltas =
        [
            new() { Text = "a" },
            new() { Text = "b", TextOffset = 1, Seam = new ChatSeam { Attempt = 2, TextOffset = 1, Reason = reason, Kind = kind } },
        ];
        AnswerWriter inline = Create(pipe: null, showSeamsInline: true);
        foreach (ChatDelta delta in deltas) inline.Write(delta);
        Assert.Equal($"a⟨{mark}⟩b", _display.ToString());

        _display.GetStringBuilder().Clear();
        AnswerWriter separate = Create(pipe: null);
        foreach (ChatDelta delta in deltas) separate.Write(delta);
        Assert.Equal($"a\n⟨{mark}⟩\nb", _display.ToString());
    }

    [Fact]
    public void Withdrawn_text_makes_the_pipe_wrong()
    {
        AnswerWriter writer = Create(_pipe);
        writer.Write(new ChatDelta { Text = "abc" });
        writer.Write(new ChatDelta { Text = "d", TextOffset = 1 });

        Assert.True(writer.IsPipeWrong);
        Assert.Equal("⟨the provider withdrew the last 2 characters⟩\n", _display.ToString());
    }

    [Fact]
    public void Other_choices_are_ignored()
    {
        AnswerWriter writer = Create(_pipe);
        writer.Write(new ChatDelta { ChoiceIndex = 1, Text = "x", Refusal = "y" });

        Assert.Equal(("", ""), (_display.ToString(), _pipe.ToString()));
    }

    public void Dispose()
    {
        _display.Dispose();
        _pipe.Dispose();
    }

    private AnswerWriter Create(TextWriter? pipe, bool showSeamsInline = false) =>
        new(new TerminalWriter(_display, useColor: false), pipe, showSeamsInline);
}
