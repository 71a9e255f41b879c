using System.Text;

namespace LlmStream.Tests.Reading;

/// <summary>
/// "Lines must be separated by either a CRLF pair, a single LF, or a single CR" (HTML Standard, 9.2.5): the deltas are the same.
/// </summary>
public class LineEndTests
{
    public static TheoryData<string> LineFeeds { get; } =
        [.. Transcript.Names.Where(name => name.EndsWith(".sse", StringComparison.Ordinal) && !Transcript.Load(name).Bytes.Contains((byte)'\r'))];

    [Theory, MemberData(nameof(LineFeeds))]
    public Task Any_line_end_gives_the_same_deltas(string name)
    {
        int step = Transcript.Representative.Contains(name, StringComparer.Ordinal) ? 1 : 5;
        return AssertSameAsync(name, (bytes, split) => split % step == 0 && IsBesideReturn(bytes, split));
    }

    [Fact(Explicit = true)]
    public Task Any_line_end_gives_the_same_deltas_split_at_every_byte() =>
        EveryByte.ForEachAsync(LineFeeds.Select(row => row.Data), name => AssertSameAsync(name, static (_, _) => true));

    private static async Task AssertSameAsync(string name, Func<byte[], int, bool> splitsAt)
    {
        Transcript transcript = Transcript.Load(name);
        Outcome expected = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes));
        string deltas = Show.Deltas(expected.Deltas);
        foreach (string lineEnd in new[] { "\r\n", "\r" })
        {
            byte[] bytes = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(transcript.Bytes).Replace("\n", lineEnd, StringComparison.Ordinal));
            IEnumerable<ScriptedStream> splits = Enumerable.Range(1, bytes.Length).Where(split => splitsAt(bytes, split))
                .Select(split => new ScriptedStream(bytes, [split]));
            foreach (ScriptedStream stream in splits.Append(ScriptedStream.ByteByByte(bytes)))
            {
                Outcome actual = await transcript.ReadAsync(stream);
                Assert.Equal(deltas, Show.Deltas(actual.Deltas));
                Assert.Equal(expected.Ending, actual.Ending);
                Assert.Equal(expected.Exception?.ProviderMessage, actual.Exception?.ProviderMessage);
                Assert.Equal(expected.Exception?.ProviderCode, actual.Exception?.ProviderCode);
            }
        }
    }

    /// <summary>Whether a split is directly before or after a CR. TranscriptTests split everywhere else.</summary>
    private static bool IsBesideReturn(byte[] bytes, int split) => bytes[split - 1] == '\r' || (split < bytes.Length && bytes[split] == '\r');
}
