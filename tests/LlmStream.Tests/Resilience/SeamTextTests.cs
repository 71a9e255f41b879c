using LlmStream.Resilience;

namespace LlmStream.Tests.Resilience;

/// <summary>Where a continuation joins the partial answer, however the continuation is divided into deltas.</summary>
public class SeamTextTests
{
    // No part of it occurs in it twice.
    private static readonly string Alphabet = string.Concat(Enumerable.Range(0x4E00, 3_000).Select(c => (char)c));

    [Theory]
    [InlineData("Hel", "lo", "Hello")] // an overlap of one character
    [InlineData("The sky is blue", " because of the air.", "The sky is blue because of the air.")]
    [InlineData("The sky is blue because", "is blue because of the air.", "The sky is blue because of the air.")] // 15 characters
    [InlineData("The sky is blue because", "because of the air.", "The sky is blue becausebecause of the air.")] // 7 characters
    [InlineData("Is it blue? It is blue!", "It is blue! Yes.", "Is it blue? It is blue! Yes.")] // the longest overlap counts
    [InlineData("-------------", "-----------", "------------------------")] // a row of dashes
    [InlineData("a = [\n    ", "        1,\n", "a = [\n            1,\n")] // a row of spaces
    [InlineData("abcabcabcabc", "abcabcabcabcd", "abcabcabcabcd")] // the whole text counts, though it is periodic
    [InlineData("x abcabcabcabc", "abcabcabcabcd", "x abcabcabcabcabcabcabcabcd")] // periodic
    [InlineData("x abcdabcd", "abcdabcd.", "x abcdabcdabcdabcd.")] // periodic, in two halves
    [InlineData("x abcabcabcabe", "abcabcabcabe.", "x abcabcabcabe.")] // not periodic
    [InlineData("one\ntwo\n", "two\nthree\n", "one\ntwo\nthree\n")] // whole lines
    [InlineData("one\n{ab}\n", "{ab}\nthree\n", "one\n{ab}\n{ab}\nthree\n")] // with 2 letters
    [InlineData("one\n{abc}\n", "{abc}\nthree\n", "one\n{abc}\nthree\n")] // with 3
    [InlineData("one\n{1b2}\n", "{1b2}\nthree\n", "one\n{1b2}\nthree\n")] // with 3 letters and digits
    [InlineData("one two\n", "two\nthree\n", "one two\ntwo\nthree\n")] // not a whole line
    [InlineData("two\n", "two\nthree\n", "two\nthree\n")] // the only line
    [InlineData("{\n}\n", "}\n", "{\n}\n}\n")]
    [InlineData("Rayleigh scattering is why.", "Rayleigh scattering is why. And so on.", "Rayleigh scattering is why. And so on.")] // all of it
    [InlineData("天空之所以是蓝色的，是因为", "是蓝色的，是因为空气散射。", "天空之所以是蓝色的，是因为空气散射。")]
    [InlineData("wave 🌊🌊 and foam 🌊", " foam 🌊🌊 and sand", "wave 🌊🌊 and foam 🌊🌊 and sand")]
    [InlineData("```csharp\nint x", " = 1;\n```\n", "```csharp\nint x = 1;\n```\n")]
    [InlineData("Done.\n\n``", "`csharp\nx\n```", "Done.\n\n```csharp\nx\n```")]
    [InlineData("text", "", "text")]
    public void After_an_instruction_an_overlap_is_skipped(string partial, string rest, string whole) =>
        AssertJoins(partial, rest, whole, () => Join(partial, ChatContinuation.Instruction));

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(9, true)]
    [InlineData(1023, true)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void An_overlap_has_8_to_1024_characters(int length, bool isSkipped)
    {
        string partial = "> " + Alphabet[..2_000], rest = Alphabet[(2_000 - length)..2_500];
        SeamText seam = Join(partial, ChatContinuation.Instruction);
        string got = seam.Append(rest) + seam.Complete();

        Assert.Equal(isSkipped ? rest[length..] : rest, got);
        Assert.Equal(isSkipped ? length : 0, seam.SkippedLength);
        Assert.Equal(partial.Length - (isSkipped ? length : 0), seam.BaseOffset);
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(9, true)]
    public void A_repetition_of_the_whole_partial_answer_has_at_least_8_characters(int length, bool isSkipped)
    {
        string partial = Alphabet[..length];
        AssertJoins(partial, partial + "x", isSkipped ? partial + "x" : partial + partial + "x", () => Join(partial, ChatContinuation.Instruction));
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(25, true)]
    public void A_restart_repeats_at_least_24_characters(int common, bool isRestart)
    {
        string partial = Alphabet[..100], rest = Alphabet[..common] + "something else";
        SeamText seam = Join(partial, ChatContinuation.Instruction);
        string got = seam.Append(rest) + seam.Complete();

        Assert.Equal(isRestart, seam.StartedOver);
        Assert.Equal(isRestart ? (0, common) : (100, 0), (seam.BaseOffset, seam.SkippedLength));
        Assert.Equal(isRestart ? "something else" : rest, got);
    }

    [Theory]
    [InlineData("Hel", "lo", "Hello")]
    [InlineData("Hello", "Hello", "HelloHello")] // too short to be an echo
    [InlineData("1234567", "1234567x", "12345671234567x")]
    [InlineData("12345678", "12345678x", "12345678x")]
    [InlineData("The sky is blue", "The sky is blue because.", "The sky is blue because.")] // an echo
    [InlineData("The sky is blue", "The sky is green too.", "The sky is blueThe sky is green too.")] // none
    [InlineData("The sky is blue", "The sky is", "The sky is blueThe sky is")] // none, at the end
    [InlineData("The sky. ", " Blue.", "The sky. Blue.")] // the space was not sent
    [InlineData("The sky. ", "", "The sky. ")]
    [InlineData("One.\n\n", "\n\nTwo.", "One.\n\nTwo.")]
    [InlineData("One.\n", "\n\nTwo.", "One.\n\nTwo.")]
    [InlineData("One.\n\n", "Two.", "One.\n\nTwo.")]
    [InlineData("One.\n\n", "\nTwo.", "One.\n\nTwo.")]
    [InlineData("One.\n\n", "\n", "One.\n\n")]
    [InlineData("The sky is blue. ", "The sky is blue. And so on.", "The sky is blue. And so on.")] // both
    [InlineData("", "Hello", "Hello")]
    public void After_a_prefill_only_an_echo_and_unsent_white_space_are_skipped(string partial, string rest, string whole) =>
        AssertJoins(partial, rest, whole, () => Join(partial, ChatContinuation.PrefixFlag));

    [Theory]
    [InlineData("Hel", "Hello", "Hello")]
    [InlineData("H", "Hello", "Hello")]
    [InlineData("Hello ", "Hello world", "Hello world")]
    [InlineData("Hello", " world", "Hello world")]
    public void A_provider_that_is_known_to_echo_may_echo_less(string partial, string rest, string whole) =>
        AssertJoins(partial, rest, whole, () => Join(partial, ChatContinuation.PrefixFlag, providerEchoes: true));

    [Theory]
    [InlineData("The sky", "The sky is blue.", 0, "The sky is blue.")]
    [InlineData("The sky", "The sea is blue.", 5, "The sea is blue.")]
    [InlineData("The sky", "A sea.", -1, "A sea.")] // nothing in common
    [InlineData("The sky is", "The sky", 7, "The sky")]
    [InlineData("a🌊", "a🌍", 1, "a🌍")] // a surrogate pair is not split
    public void A_restart_is_skipped_as_far_as_it_equals_the_partial_answer(string partial, string rest, int restartsAt, string whole)
    {
        foreach (string[] pieces in Pieces(rest))
        {
            SeamText seam = Join(partial, ChatContinuation.Restart);
            string got = string.Concat(pieces.Select(seam.Append)) + seam.Complete();
            Assert.Equal(restartsAt != 0, seam.StartedOver);
            string kept = seam.StartedOver ? partial[..(seam.BaseOffset + seam.SkippedLength)] : partial;
            Assert.Equal(whole, kept + got);
            if (restartsAt != 0) Assert.Equal(Math.Max(0, restartsAt), seam.BaseOffset + seam.SkippedLength);
        }
    }

    [Fact]
    public void A_different_answer_after_an_instruction_is_recognised()
    {
        const string Partial = "The sky is blue because air scatters short waves.";
        SeamText seam = Join(Partial, ChatContinuation.Instruction);

        string got = seam.Append("The sky is blue because air bends light.") + seam.Complete();
        Assert.True(seam.StartedOver);
        Assert.Equal("bends light.", got);
        Assert.Equal("The sky is blue because air ".Length, seam.BaseOffset + seam.SkippedLength);
    }

    [Fact]
    public void Text_is_held_back_only_until_it_is_certain_to_be_new()
    {
        SeamText seam = Join("The sky is blue", ChatContinuation.Instruction);
        Assert.Equal("", seam.Append(""));
        Assert.Equal("", seam.Append(" is"));
        Assert.False(seam.IsDecided);
        Assert.Equal(" is green", seam.Append(" green"));
        Assert.True(seam.IsDecided);
        Assert.Equal(" and", seam.Append(" and"));
        Assert.Equal("", seam.Complete());
    }

    [Fact]
    public void A_head_that_occurs_only_at_the_end_of_the_partial_answer_is_decided()
    {
        SeamText seam = Join("abcd efgh", ChatContinuation.Instruction);
        Assert.Equal("h", seam.Append("h")); // an overlap of one character, which more text cannot make longer
    }

    [Fact]
    public void What_is_held_back_is_bounded_by_the_partial_answer()
    {
        string partial = string.Concat(Enumerable.Repeat("Lorem ipsum dolor sit amet. ", 1_000));
        SeamText seam = Join(partial, ChatContinuation.Instruction);

        string rest = string.Concat(Enumerable.Repeat("Lorem ipsum dolor sit amet. ", 2_000));
        foreach (char c in rest) seam.Append(c.ToString());
        Assert.True(seam.IsDecided);
    }

    [Fact]
    public void Text_that_the_server_rewrites_is_forgotten()
    {
        SeamText seam = Join("The sky is blue", ChatContinuation.Restart);
        Assert.Equal("", seam.Append("The sky"));
        seam.Rewind(4);
        Assert.Equal("", seam.Append("sky is blue"));
        Assert.Equal(".", seam.Append("."));
        Assert.False(seam.StartedOver);
    }

    [Fact]
    public void A_rewrite_has_no_effect_beyond_the_end_or_once_it_is_decided()
    {
        SeamText seam = Join("The sky", ChatContinuation.Restart);
        Assert.Equal("", seam.Append("The"));
        seam.Rewind(3);
        seam.Rewind(7);
        Assert.Equal("!", seam.Append(" sky!"));
        seam.Rewind(0);
        Assert.Equal("?", seam.Append("?"));
    }

    [Theory]
    [InlineData(ChatContinuation.Restart, "Hello world", "Hello", 2, "y", "y")]
    [InlineData(ChatContinuation.Instruction, "alpha beta gamma", "beta ", 0, "New", "New")]
    [InlineData(ChatContinuation.Prefill, "The sky\n\n", "\n", 0, "Blue", "Blue")]
    public void What_was_rewritten_is_not_compared_anymore(
        ChatContinuation continuation, string partial, string first, int rewind, string second, string expected)
    {
        SeamText seam = Join(partial, continuation);
        Assert.Equal("", seam.Append(first));
        seam.Rewind(rewind);
        Assert.Equal(expected, seam.Append(second));
        Assert.True(seam.IsDecided);
    }

    [Fact]
    public void What_repeats_the_very_end_is_decided_at_once()
    {
        SeamText seam = Join("The sky is blue today", ChatContinuation.Instruction);
        Assert.Equal("", seam.Append("lue today"));
        Assert.True(seam.IsDecided);
        Assert.Equal(9, seam.SkippedLength);
    }

    [Theory]
    [InlineData(ChatContinuation.Prefill)]
    [InlineData(ChatContinuation.Instruction)]
    [InlineData(ChatContinuation.Restart)]
    public void The_work_is_linear_in_what_is_repeated(ChatContinuation continuation)
    {
        // A quadratic search would compare 2 * 10^11 characters here.
        string partial = new string('a', 1_000_000) + "b";
        SeamText seam = Join(partial, continuation);
        for (int i = 0; i < 500_000; i++) Assert.Equal("", seam.Append("aa"));
        Assert.Equal("", seam.Append("b"));
        Assert.Equal("c", seam.Append("c"));
        Assert.Equal(partial.Length, seam.BaseOffset + seam.SkippedLength);
    }

    private static SeamText Join(string partial, ChatContinuation continuation, bool providerEchoes = false)
    {
        string sent = continuation is ChatContinuation.Instruction or ChatContinuation.Restart ? partial : partial.TrimEnd();
        return new SeamText(partial, sent.Length, sent, continuation, providerEchoes);
    }

    private static void AssertJoins(string partial, string rest, string whole, Func<SeamText> create)
    {
        foreach (string[] pieces in Pieces(rest))
        {
            SeamText seam = create();
            string got = string.Concat(pieces.Select(seam.Append)) + seam.Complete();
            Assert.False(seam.StartedOver);
            Assert.Equal(whole, partial + got);
            Assert.Equal(partial.Length, seam.BaseOffset + seam.SkippedLength);
        }
    }

    private static IEnumerable<string[]> Pieces(string text)
    {
        yield return [text];
        yield return [.. text.Select(c => c.ToString())];
        for (int i = 1; i < text.Length; i++) yield return [text[..i], text[i..]];
    }
}
