namespace LlmStream.Tests.Operators;

/// <summary>The ways in which a text may be divided into chunks.</summary>
internal static class Splits
{
    /// <summary>
    /// The undivided text, the text in two at every index, and a character at a time. As in deltas, surrogate pairs are never divided.
    /// </summary>
    public static IEnumerable<string[]> Of(string text)
    {
        yield return [text];
        for (int i = 1; i < text.Length; i++)
        {
            if (!char.IsLowSurrogate(text[i])) yield return [text[..i], text[i..]];
        }

        yield return [.. text.EnumerateRunes().Select(rune => rune.ToString())];
    }

    /// <summary>Checks that the result of an operator does not depend on how the text is divided.</summary>
    public static async Task AssertSameAsync<T>(string text, Func<DeltaSource, Task<T>> run, T expected)
    {
        foreach (string[] chunks in Of(text))
        {
            var source = DeltaSource.Of(chunks);
            T actual = await run(source);
            Assert.True(Equals(expected, actual), $"{string.Join('|', chunks)}\nexpected: {expected}\nactual:   {actual}");
            Assert.Equal(1, source.Disposals);
        }
    }
}
