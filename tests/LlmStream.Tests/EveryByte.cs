namespace LlmStream.Tests;

/// <summary>
/// Tests that read a stream once for each of its bytes are quadratic in its length. By default they try each byte of
/// <see cref="Transcript.Representative"/> streams, every third byte of long ones, and every eleventh byte of the others, or 60 bytes of
/// long ones. Explicit tests, which <c>.ci/run exhaustive</c> runs, try each byte of all.
/// </summary>
internal static class EveryByte
{
    /// <summary>The step between the bytes of a transcript that are tried by default.</summary>
    public static int StepOf(string name)
    {
        long length = new FileInfo(Path.Combine(Repository.Transcripts, name)).Length;
        if (Transcript.Representative.Contains(name, StringComparer.Ordinal)) return length <= 1_500 ? 1 : 3;
        return Math.Max(11, (int)length / 60);
    }

    /// <summary>
    /// Offsets up to <paramref name="end"/>, which is one of them. Their phase depends on the length, so that similar streams are cut differently.
    /// </summary>
    public static IEnumerable<int> Offsets(int end, int step)
    {
        for (int offset = end % step; offset <= end; offset += step) yield return offset;
    }

    /// <summary>Runs a check for each name. One explicit test for all of them: each row of a theory would be reported as skipped.</summary>
    public static async Task ForEachAsync(IEnumerable<string> names, Func<string, Task> check)
    {
        foreach (string name in names)
        {
            try
            {
                await check(name);
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}: {e}");
            }
        }
    }
}
