using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Tests.Wires;

/// <summary>A prepared event has the bytes that the JSON writer writes.</summary>
public class EventWriterTests
{
    private const int Seed = 11;

    [Theory]
    [InlineData("")]
    [InlineData(" the")]
    [InlineData("天空是蓝色的。")]
    [InlineData("a\nb\r\t\"c\" \\ / <b> & ' \u007f \u0000 \u001f \u0085 \u2028")]
    [InlineData("😀 and 👩‍🚀")]
    [InlineData("\ud83d")]
    [InlineData("a\ude00b")]
    public void A_delta_is_written_as_the_JSON_writer_does(string piece) => Verify(piece);

    [Fact]
    public void Random_deltas_are_written_as_the_JSON_writer_does()
    {
        const string Alphabet = "ab \n\"\\<é—中\u2028\u0001\ud83d\ude00\ufffe\ufeff";
        var random = new Random(Seed);
        for (int i = 0; i < 2_000; i++) Verify(random.GetString(Alphabet, random.Next(40)));
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(100_000)]
    public void A_long_delta_is_written_as_the_JSON_writer_does(int length)
    {
        Verify(new string('中', length));
        Verify(new string('\u0001', length));
    }

    private static void Verify(string piece)
    {
        var actual = new ArrayBufferWriter<byte>();
        using (var events = new EventWriter(actual))
        {
            byte[] before = EventWriter.Prepare(json =>
            {
                json.WriteString("type", "text");
                json.WriteString("delta", "");
            });
            events.WriteDelta(before, piece, "\",\"n\":1}\n\n"u8);
        }

        var expected = new ArrayBufferWriter<byte>();
        expected.Write("data: "u8);
        using (var json = new Utf8JsonWriter(expected, EventWriter.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("delta", piece);
            json.WriteNumber("n", 1);
            json.WriteEndObject();
        }

        expected.Write("\n\n"u8);
        Assert.Equal(Encoding.UTF8.GetString(expected.WrittenSpan), Encoding.UTF8.GetString(actual.WrittenSpan));
    }
}
