using System.Text;
using LlmStream.Reading;

namespace LlmStream.Tests.Reading;

/// <summary>Transcripts with random damage, the same in each run: no exception except the library's own is thrown.</summary>
public class FuzzTests
{
    private const int Rounds = 30;
    private const int ExhaustiveRounds = 400;

    // What parsers stumble on.
    private static readonly byte[][] Splinters =
    [
        .. new[]
        {
            "\n", "\r", "\r\n", "\n\n", "\r\r", "data:", "data: ", "event: error\n", "error: ", "id:1\n", ":", "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud83d", "\\udc00", "null",
            "true", "1e999", "-1", "99999999999999999999", "\uFEFF", "[DONE]", "data: [DONE]\n\n", "{\"error\":", "\"error\":\"x\",", ",", "\0", "\u0001", "\"index\":7,", "😀",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xF0, 0x9F], [0x80],
    ];

    public static TheoryData<string> Names { get; } = [.. Transcript.Names];

    [Theory, MemberData(nameof(Names))]
    public Task A_broken_transcript_ends_in_a_verdict(string name) => BreakAsync(name, Rounds);

    [Fact(Explicit = true)]
    public Task A_transcript_that_is_broken_in_many_ways_ends_in_a_verdict() =>
        EveryByte.ForEachAsync(Transcript.Names, name => BreakAsync(name, ExhaustiveRounds));

    private static async Task BreakAsync(string name, int rounds)
    {
        Transcript transcript = Transcript.Load(name);
        var random = new Random(name.Sum(c => c) + 20261121);
        for (int round = 0; round < rounds; round++)
        {
            byte[] bytes = Mutate(transcript.Bytes, random);
            ChatDialect dialect = random.Next(8) == 0 ? ChatDialect.All[random.Next(ChatDialect.All.Count)] : transcript.Dialect;
            var options = new ChatReadOptions
            {
                TextMode = (ChatTextMode)random.Next(3),
                MaxAnswerCharacters = random.Next(10) == 0 ? random.Next(1, 20) : 100_000,
                MaxToolArgumentCharacters = random.Next(10) == 0 ? random.Next(1, 10) : 100_000,
                MaxEventBytes = random.Next(10) == 0 ? random.Next(1, 400) : 1_000_000,
            };

            try
            {
                // Outcome checks that what was delivered adds up to what the exception says had arrived.
                Outcome whole = await Outcome.ReadAsync(bytes, dialect, options);
                Outcome bitByBit = await Outcome.ReadAsync(ScriptedStream.ByteByByte(bytes), dialect, options);
                Assert.Equal(Show.Deltas(whole.Deltas), Show.Deltas(bitByBit.Deltas));
                Assert.Equal(whole.Ending, bitByBit.Ending);
                AssertHolds(whole, options);
                await InspectAsync(bytes, dialect, options);
            }
            catch (Exception e)
            {
                Assert.Fail($"Round {round}, {dialect}, {options.TextMode}, {options.MaxAnswerCharacters}, {options.MaxEventBytes}: {e}\n{Convert.ToBase64String(bytes)}");
            }
        }
    }

    private static void AssertHolds(Outcome outcome, ChatReadOptions options)
    {
        // A connection cannot break here: the library has failed, and said that the network did.
        Assert.NotEqual(nameof(ChatStreamError.Connection), outcome.Ending);
        Assert.All(outcome.Deltas, delta =>
        {
            Assert.False(delta.Text.Length > 0 && char.IsHighSurrogate(delta.Text[^1]));
            Assert.False(delta.Text.Length > 0 && char.IsLowSurrogate(delta.Text[0]));
        });
        foreach (ChatChoice choice in outcome.Result.Choices)
        {
            Assert.InRange(choice.Text.Length, 0, options.MaxAnswerCharacters);
            Assert.InRange(choice.Reasoning.Length, 0, options.MaxAnswerCharacters);
            Assert.All(choice.ToolCalls, call => Assert.InRange(call.Arguments.Length, 0, options.MaxToolArgumentCharacters));
            foreach (string text in new[] { choice.Text, choice.Reasoning, choice.Refusal })
                Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))); // no half of a pair
        }
    }

    /// <summary>Reads as an inspection does: past errors, with statistics.</summary>
    private static async Task InspectAsync(byte[] bytes, ChatDialect dialect, ChatReadOptions options)
    {
        try
        {
            _ = await StreamInspector.InspectAsync(new ScriptedStream(bytes), dialect, options);
        }
        catch (ChatStreamException exception)
        {
            Assert.Equal(ChatStreamError.NotAStream, exception.Error);
        }
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        List<byte> mutated = [.. bytes];
        for (int i = random.Next(1, 4); i > 0 && mutated.Count > 1; i--)
        {
            int place = random.Next(mutated.Count);
            int length = Math.Min(random.Next(1, 40), mutated.Count - place);
            switch (random.Next(6))
            {
                case 0: mutated[place] = (byte)random.Next(256); break;
                case 1: mutated.RemoveRange(place, length); break;
                case 2: mutated.InsertRange(random.Next(mutated.Count), mutated.GetRange(place, length)); break;
                case 3: mutated.RemoveRange(place, mutated.Count - place); break;
                default: mutated.InsertRange(place, Splinters[random.Next(Splinters.Length)]); break;
            }
        }

        return [.. mutated];
    }
}
