using System.Text;

namespace LlmStream.Tests.Reading;

/// <summary>
/// "Lines must be separated by either a CRLF pair, a single LF, or a single CR" (HTML Standard, 9.2.5): which of them
/// makes no difference to any transcript.
/// </summary>
public class LineEndTests
{
    public static TheoryData<string> LineFed { get; } =
        [.. Transcript.Names.Where(name => name.EndsWith(".sse", StringComparison.Ordinal) && !Transcript.Load(name).Bytes.Contains((byte)'\r'))];

    [Theory, MemberData(nameof(LineFed))]
    public async Task Any_line_end_gives_the_same_deltas(string name)
    {
        Transcript transcript = Transcript.Load(name);
        Outcome expected = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes));
        foreach (string lineEnd in new[] { "\r\n", "\r" })
        {
            byte[] bytes = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(transcript.Bytes).Replace("\n", lineEnd, StringComparison.Ordinal));
            foreach (Delivery delivery in Enum.GetValues<Delivery>())
            {
                foreach (ScriptedStream stream in delivery.Of(bytes))
                {
                    Outcome actual = await transcript.ReadAsync(stream);
                    Assert.Equal(Show.Deltas(expected.Deltas), Show.Deltas(actual.Deltas));
                    Assert.Equal(expected.Ending, actual.Ending);
                    Assert.Equal(expected.Exception?.ProviderMessage, actual.Exception?.ProviderMessage);
                    Assert.Equal(expected.Exception?.ProviderCode, actual.Exception?.ProviderCode);
                }
            }
        }
    }
}
