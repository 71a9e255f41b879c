using System.Text;

namespace LlmStream.Tests.Operators;

/// <summary>
/// Random texts of the words that each operator looks for, divided at random: the result must be that of the undivided text.
/// </summary>
public class RandomTextTests
{
    private static readonly string[] Emoji = ["a", "e\u0301", "😀", "👨‍👩‍👧", "🇩🇪", "世", "\r\n", "한", "\u0301", "‍"];

    private static readonly Dictionary<string, (string[] Words, Func<IAsyncEnumerable<ChatDelta>, Task<string>> Run)> Operators = new()
    {
        ["LimitCharacters"] = (Emoji, async source => (await Collected.FromAsync(source.LimitCharacters(17))).ToString()),
        ["LimitTokens"] = (Emoji, async source => (await Collected.FromAsync(source.LimitTokens(8))).ToString()),
        ["StopAt"] = (
            ["a", "b", "ab", "c", "aabb"],
            async source => (await Collected.FromAsync(source.StopAt("abcab", "bcb", "cc", "aabbc"))).ToString()),
        ["SplitThinkTags"] = (
            ["<", "/", "think", ">", "<think>", "</think>", "`", "x", ":1"],
            async source => (await Collected.FromAsync(source.SplitThinkTags())).ToString()),
        ["WithCodeFences"] = (["`", "``", "```", "~~~", "\n", "\r", " ", "  ", "x"], async source =>
        {
            var shown = new StringBuilder();
            await foreach (FencedPart part in source.WithCodeFences())
                shown.Append(part.Kind == FencedPartKind.Text ? part.Text : $"<{part}>");
            return shown.ToString();
        }
        ),
        ["Lines"] = (["\n", "\r", "x", "世"], source => JoinAsync(source.Lines())),
        ["Sentences"] = (["Dr", ".", "。", " ", "A", "b", "1", "”", "!", "\n", "…", "世"], source => JoinAsync(source.Sentences())),
        ["PartialJson"] =
            (["{", "}", "[", "]", "\"", "a", ":", ",", "1", "\\", "true", " ", "\"k\":", "[1,", "\"v\"", "{\"a\":"], async source =>
        {
            try
            {
                var last = "";
                await foreach (JsonSnapshot<System.Text.Json.JsonElement> snapshot in source.PartialJson(PartialJsonTests.Elements))
                    last = snapshot.Value.GetRawText();
                return last;
            }
            catch (ChatStreamException failure)
            {
                return failure.Message;
            }
        }
        ),
    };

    public static TheoryData<string> All => [.. Operators.Keys];

    [Theory, MemberData(nameof(All))]
    public async Task The_result_does_not_depend_on_how_the_text_is_divided(string name)
    {
        (string[] words, Func<IAsyncEnumerable<ChatDelta>, Task<string>> run) = Operators[name];
        var random = new Random(20261121);
        for (int round = 0; round < 1500; round++)
        {
            string text = CreateText(words, random);
            string expected = await run(DeltaSource.Of(text));
            string[] chunks = DivideAtRandom(text, random);
            string actual = await run(DeltaSource.Of(chunks));
            Assert.True(expected == actual, $"{string.Join('|', chunks)}\nexpected: {expected}\nactual:   {actual}");
        }
    }

    [Theory]
    [InlineData("LimitCharacters")]
    [InlineData("SplitThinkTags")]
    [InlineData("PartialJson")]
    public async Task Follows_random_rewrites(string name)
    {
        (string[] words, Func<IAsyncEnumerable<ChatDelta>, Task<string>> run) = Operators[name];
        var random = new Random(20261122);
        for (int round = 0; round < 4000; round++)
        {
            string text = CreateText(words, random);
            // Two documented limits: delivered text is not searched again for the beginning of a tag, and a closing tag without an
            // opening one moves text that cannot be moved back.
            if (name == "SplitThinkTags" && (text.Contains('`') || !text.StartsWith("<think>", StringComparison.Ordinal))) continue;

            // Some chunks are preceded by another chunk at the same offset, which they replace.
            var deltas = new List<ChatDelta>();
            int offset = 0;
            foreach (string chunk in DivideAtRandom(text, random))
            {
                bool isWithinTag = text.LastIndexOf('<', Math.Max(0, offset - 1)) > text.LastIndexOf('>', Math.Max(0, offset - 1));
                if (!isWithinTag && random.Next(3) == 0)
                    deltas.Add(new ChatDelta { Text = words[random.Next(words.Length)], TextOffset = offset });
                deltas.Add(new ChatDelta { Text = chunk, TextOffset = offset });
                offset += chunk.Length;
            }

            string expected = await run(DeltaSource.Of(text));
            var source = new DeltaSource([.. deltas, DeltaSource.End(offset)]);
            string actual = await run(source);
            // An operator may have stopped at text that was replaced later.
            if (source.Moves < deltas.Count + 2) continue;
            Assert.True(
                expected == actual,
                $"{string.Join('|', deltas.Select(d => $"{d.TextOffset}:{d.Text}"))}\nexpected: {expected}\nactual:   {actual}");
        }
    }

    private static string CreateText(string[] words, Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => words[random.Next(words.Length)]));

    private static string[] DivideAtRandom(string text, Random random)
    {
        var chunks = new List<string>();
        int start = 0;
        for (int i = 1; i <= text.Length; i++)
        {
            if (i < text.Length && (char.IsLowSurrogate(text[i]) || random.Next(3) > 0)) continue;
            chunks.Add(text[start..i]);
            start = i;
        }

        return [.. chunks];
    }

    private static async Task<string> JoinAsync(IAsyncEnumerable<string> pieces)
    {
        var all = new List<string>();
        await foreach (string piece in pieces) all.Add(piece);
        return string.Join('|', all);
    }
}
