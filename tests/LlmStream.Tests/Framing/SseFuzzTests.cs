using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>
/// Streams composed of whatever matters to the reader, with something broken in most of them: neither the size of the reads nor an observer
/// changes the frames. Takes a minute or two: run it with <c>-explicit only</c>.
/// </summary>
public class SseFuzzTests
{
    private const int Streams = 1_000_000;

    private static readonly string[] Fragments =
    [
        "data: a", "data:b", "data:", "data", "data: {\"x\":1}", "data: {", "}", "event: x", "event:", "event", "event: error", "event:x", "id: 1", "id",
        "retry: 5", ": c", ":", "error: e", "error:", "error", "errors: x", "{", "[", "{\"a\":1}", "  \"b\": 2", "]", "dat", "d", "e", "er", "i", "r",
        "foo: bar", "foo", " data: x", "prose", "", "", "", "\uFEFF", "\uFEFFdata: q", "data : 1", "data\0",
    ];

    private static readonly string[] Endings = ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\r\r", "\r\n\n", "\n\r\n", "\n\r", "\r\r\n", ""];

    [Fact(Explicit = true)]
    public async Task Mutated_streams_have_the_same_frames_whatever_the_reads()
    {
        for (int seed = 0; seed < Streams; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Mutate(Compose(random), random);
            int maxFrameBytes = random.Next(4) == 0 ? random.Next(1, 40) : 100_000;
            string whole = await ReadAsync(new ScriptedStream(bytes), null, maxFrameBytes);
            var statistics = new FramingStatistics();
            Same(await ReadAsync(ScriptedStream.ByteByByte(bytes), null, maxFrameBytes));
            Same(await ReadAsync(new ScriptedStream(bytes, Enumerable.Repeat(2, bytes.Length)), null, maxFrameBytes));
            Same(await ReadAsync(new ScriptedStream(bytes, Enumerable.Repeat(7, bytes.Length)), null, maxFrameBytes));
            Same(await ReadAsync(new ScriptedStream(bytes), statistics, maxFrameBytes));
            Same(await ReadAsync(ScriptedStream.ByteByByte(bytes), new FramingStatistics(), maxFrameBytes));
            Assert.Equal(whole.Split('\n').Count(line => line.StartsWith('#')), statistics.Frames);

            void Same(string other)
            {
                if (whole != other) Assert.Fail($"Seed {seed}: {Convert.ToBase64String(bytes)}\n{whole}\nand\n{other}");
            }
        }
    }

    private static async Task<string> ReadAsync(Stream stream, FramingStatistics? statistics, int maxFrameBytes)
    {
        var collector = new FrameCollector();
        string ending = "";
        await using var reader = new SseFrameReader(new GuardedStream(stream), maxFrameBytes, collector, statistics);
        try
        {
            await collector.ReadAllAsync(reader);
        }
        catch (FramingException exception)
        {
            ending = exception.Message;
        }

        return string.Concat(collector.Frames.Select(f => $"#{f.Kind} {f.EventType.Replace('\n', ' ')} {Convert.ToBase64String(Encoding.UTF8.GetBytes(f.Data))} {f.IsUnterminated}\n")) + ending;
    }

    private static List<byte> Compose(Random random)
    {
        var text = new StringBuilder(random.Next(8) == 0 ? "\uFEFF" : "");
        string ending = Endings[random.Next(3)];
        bool isMixed = random.Next(2) == 0;
        for (int lines = random.Next(14); lines > 0; lines--)
            text.Append(Fragments[random.Next(Fragments.Length)]).Append(isMixed ? Endings[random.Next(Endings.Length)] : ending).Append(!isMixed && random.Next(2) == 0 ? ending : "");
        return [.. Encoding.UTF8.GetBytes(text.ToString())];
    }

    private static byte[] Mutate(List<byte> bytes, Random random)
    {
        for (int i = random.Next(3); i > 0 && bytes.Count > 0; i--)
        {
            int place = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 12), bytes.Count - place);
            switch (random.Next(5))
            {
                case 0: bytes[place] = (byte)random.Next(256); break;
                case 1: bytes[place] = "\r\n:de{}[ "u8[random.Next(9)]; break;
                case 2: bytes.RemoveRange(place, length); break;
                case 3: bytes.InsertRange(place, bytes.GetRange(place, length)); break;
                default: bytes.RemoveRange(place, bytes.Count - place); break;
            }
        }

        return [.. bytes];
    }
}
