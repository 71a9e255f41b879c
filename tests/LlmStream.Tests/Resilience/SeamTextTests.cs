using LlmStream.Resilience;

namespace LlmStream.Tests.Resilience;

/// <summary>Where the rest meets what had arrived. Each case holds for every way in which the rest is cut into pieces.</summary>
public class SeamTextTests
{
    [Theory]
    [InlineData("Hel", "lo", "Hello")] // never a one-character "overlap"
    [InlineData("The sky is blue", " because of the air.", "The sky is blue because of the air.")]
    [InlineData("The sky is blue because", "is blue because of the air.", "The sky is blue because of the air.")] // 15 characters
    [InlineData("The sky is blue because", "because of the air.", "The sky is blue becausebecause of the air.")] // 7: could be chance
    [InlineData("Is it blue? It is blue!", "It is blue! Yes.", "Is it blue? It is blue! Yes.")] // the longest overlap counts
    [InlineData("-------------", "-----------", "------------------------")] // a ruler proves nothing
    [InlineData("a = [\n    ", "        1,\n", "a = [\n            1,\n")] // nor does a row of spaces
    [InlineData("one\ntwo\n", "two\nthree\n", "one\ntwo\nthree\n")] // whole lines
    [InlineData("{\n}\n", "}\n", "{\n}\n}\n")] // that say something
    [InlineData("Rayleigh scattering is why.", "Rayleigh scattering is why. And so on.", "Rayleigh scattering is why. And so on.")] // starts over, the same
    [InlineData("天空之所以是蓝色的，是因为", "是蓝色的，是因为空气散射。", "天空之所以是蓝色的，是因为空气散射。")]
    [InlineData("wave 🌊🌊 and foam 🌊", " foam 🌊🌊 and sand", "wave 🌊🌊 and foam 🌊🌊 and sand")]
    [InlineData("```csharp\nint x", " = 1;\n```\n", "```csharp\nint x = 1;\n```\n")] // a fence is open
    [InlineData("Done.\n\n``", "`csharp\nx\n```", "Done.\n\n```csharp\nx\n```")] // a fence cut in two
    [InlineData("text", "", "text")]
    public void A_model_that_is_asked_to_go_on(string before, string rest, string whole) =>
        AssertJoins(before, rest, whole, () => new SeamText(before, before.Length, before, ChatContinuation.Instruction, providerEchoes: false));

    [Theory]
    [InlineData("Hel", "lo", "Hello")]
    [InlineData("Hello", "Hello", "HelloHello")] // short, and no provider that echoes: nothing is proven
    [InlineData("The sky is blue", "The sky is blue because.", "The sky is blue because.")] // an echo
    [InlineData("The sky is blue", "The sky is green too.", "The sky is blueThe sky is green too.")] // none
    [InlineData("The sky. ", " Blue.", "The sky. Blue.")] // the space was not sent
    [InlineData("One.\n\n", "\n\nTwo.", "One.\n\nTwo.")]
    [InlineData("One.\n", "\n\nTwo.", "One.\n\nTwo.")]
    [InlineData("One.\n\n", "Two.", "One.\n\nTwo.")]
    [InlineData("One.\n\n", "\nTwo.", "One.\n\nTwo.")]
    [InlineData("The sky is blue. ", "The sky is blue. And so on.", "The sky is blue. And so on.")] // both
    [InlineData("", "Hello", "Hello")]
    public void A_last_message_that_is_continued(string before, string rest, string whole)
    {
        string sent = before.TrimEnd();
        AssertJoins(before, rest, whole, () => new SeamText(before, sent.Length, sent, ChatContinuation.PrefixFlag, providerEchoes: false));
    }

    [Theory]
    [InlineData("Hel", "Hello", "Hello")]
    [InlineData("H", "Hello", "Hello")]
    [InlineData("Hello ", "Hello world", "Hello world")]
    public void A_provider_that_is_known_to_echo(string before, string rest, string whole)
    {
        string sent = before.TrimEnd();
        AssertJoins(before, rest, whole, () => new SeamText(before, sent.Length, sent, ChatContinuation.PrefixFlag, providerEchoes: true));
    }

    [Theory]
    [InlineData("The sky", "The sky is blue.", 0, "The sky is blue.")]
    [InlineData("The sky", "The sea is blue.", 5, "The sea is blue.")]
    [InlineData("The sky is", "The sky", 7, "The sky")]
    [InlineData("a🌊", "a🌍", 1, "a🌍")] // the pair stays whole
    public void The_same_once_more(string before, string rest, int restartsAt, string whole)
    {
        foreach (string[] pieces in Pieces(rest))
        {
            var seam = new SeamText(before, before.Length, before, ChatContinuation.Restart, providerEchoes: false);
            string got = string.Concat(pieces.Select(seam.Append)) + seam.Complete();
            Assert.Equal(restartsAt > 0, seam.StartedOver);
            string kept = seam.StartedOver ? before[..(seam.BaseOffset + seam.SkippedLength)] : before;
            Assert.Equal(whole, kept + got);
            if (restartsAt > 0) Assert.Equal(restartsAt, seam.BaseOffset + seam.SkippedLength);
        }
    }

    [Fact]
    public void A_model_that_starts_over_with_other_words_is_recognised()
    {
        const string Before = "The sky is blue because air scatters short waves.";
        var seam = new SeamText(Before, Before.Length, Before, ChatContinuation.Instruction, providerEchoes: false);

        string got = seam.Append("The sky is blue because air bends light.") + seam.Complete();
        Assert.True(seam.StartedOver);
        Assert.Equal("bends light.", got);
        Assert.Equal("The sky is blue because air ".Length, seam.BaseOffset + seam.SkippedLength);
    }

    [Fact]
    public void What_is_held_back_is_bounded_by_what_had_arrived()
    {
        string before = string.Concat(Enumerable.Repeat("Lorem ipsum dolor sit amet. ", 1_000));
        var seam = new SeamText(before, before.Length, before, ChatContinuation.Instruction, providerEchoes: false);

        string rest = string.Concat(Enumerable.Repeat("Lorem ipsum dolor sit amet. ", 2_000));
        foreach (char c in rest) seam.Append(c.ToString());
        Assert.True(seam.IsDecided);
    }

    private static void AssertJoins(string before, string rest, string whole, Func<SeamText> create)
    {
        foreach (string[] pieces in Pieces(rest))
        {
            SeamText seam = create();
            string got = string.Concat(pieces.Select(seam.Append)) + seam.Complete();
            Assert.False(seam.StartedOver);
            Assert.Equal(whole, before + got);
            Assert.Equal(before.Length, seam.BaseOffset + seam.SkippedLength);
        }
    }

    private static IEnumerable<string[]> Pieces(string text)
    {
        yield return [text];
        yield return [.. text.Select(c => c.ToString())];
        for (int i = 1; i < text.Length; i++) yield return [text[..i], text[i..]];
    }
}
