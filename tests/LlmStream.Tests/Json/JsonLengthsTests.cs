using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonLengthsTests
{
    [Theory]
    [InlineData("\"", 0, false)]
    [InlineData("abc\",1", 3, false)]
    [InlineData("a\\\"b\"", 4, true)]
    [InlineData("\\\\\"\"", 2, true)]
    [InlineData("\\u00e9\\/\\b\\f\\n\\r\\t\"", 18, true)]
    [InlineData("漢\"", 3, false)]
    [InlineData("0123456789abcdef\"", 16, false)] // a vector has no end in it
    [InlineData("0123456789abcde\\n\"", 17, true)]
    [InlineData("0123456789abcdef0123456789abcdef\\n0123456789abcdef\"", 50, true)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789\"", 90, false)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\"", 63, false)]
    [InlineData("\\u4e2d\\u6587\\n\"", 14, true)]
    [InlineData("\\u4e2d\\u6587", -1, true)]
    [InlineData("\\u4e2d\\u65", -1, true)]
    [InlineData("\\u4e2d\u0001\"", -1, true)]
    [InlineData("abc", -1, false)] // no end
    [InlineData("0123456789abcdef0", -1, false)]
    [InlineData("a\nb\"", -1, true)] // a control character
    [InlineData("0123456789abcdef\u0001\"", -1, true)]
    [InlineData("a\\", -1, true)]
    [InlineData("a\\x\"", -1, true)]
    [InlineData("a\\u00g0\"", -1, true)]
    [InlineData("a\\u00\"", -1, true)]
    [InlineData("a\\n\u001f\"", -1, true)]
    public void The_length_of_a_string_is_found(string json, int length, bool isEscaped)
    {
        Assert.Equal(length, JsonLengths.OfString(Encoding.UTF8.GetBytes(json), out bool actual));
        if (length >= 0) Assert.Equal(isEscaped, actual);
    }

    [Theory]
    [InlineData("0,", 1, 0)]
    [InlineData("1204}", 4, 1204)]
    [InlineData("12", 2, 12)] // more digits could follow; the caller compares what does
    [InlineData("12345678901234567", 17, 12345678901234567)]
    [InlineData("123456789012345678", 18, 123456789012345678)]
    [InlineData("1234567890123456789", -1, 0)]
    [InlineData("01", -1, 0)]
    [InlineData("-1", -1, 0)]
    [InlineData("", -1, 0)]
    [InlineData("x", -1, 0)]
    public void The_length_of_an_integer_is_found(string json, int length, long value)
    {
        Assert.Equal(length, JsonLengths.OfInteger(Encoding.UTF8.GetBytes(json), out long actual));
        if (length >= 0) Assert.Equal(value, actual);
    }

    [Theory]
    [InlineData("0,", 1)]
    [InlineData("-0", 2)]
    [InlineData("12.5}", 4)]
    [InlineData("-1.25e+10]", 9)]
    [InlineData("1E5", 3)]
    [InlineData("1e-5", 4)]
    [InlineData("12345678901234567890123", 23)]
    [InlineData("01", -1)]
    [InlineData("-01", -1)]
    [InlineData("1.", -1)]
    [InlineData("1.e5", -1)]
    [InlineData("1e", -1)]
    [InlineData("1e+", -1)]
    [InlineData("-", -1)]
    [InlineData("+1", -1)]
    [InlineData(".5", -1)]
    [InlineData("", -1)]
    public void The_length_of_a_number_is_found(string json, int length) =>
        Assert.Equal(length, JsonLengths.OfNumber(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_values_have_the_lengths_that_the_reader_finds(int seed)
    {
        const string Alphabet = "\"\\/ubn0d8e1.-+E\u001f xé";
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            byte[] json = Encoding.UTF8.GetBytes(text);
            Assert.Equal(LengthOfString(json), JsonLengths.OfString(json, out _));
            int number = JsonLengths.OfNumber(json);
            if (number >= 0) Assert.True(IsValid(json.AsSpan(0, number)), text);
            else Assert.False(IsValid(json) && json[0] != (byte)'"' && json[0] != (byte)' ', text);
        }
    }

    [Fact]
    public void Random_integers_have_the_value_that_the_runtime_parses()
    {
        byte[] others = [(byte)',', (byte)'}', (byte)' ', (byte)'/', (byte)':', (byte)'.', (byte)'e', 0, 0x7F, 0x80, 0xFF];
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            int digits = random.Next(22);
            string text = string.Concat(Enumerable.Range(0, digits).Select(_ => (char)('0' + random.Next(10))));
            bool isInteger = digits is > 0 and <= 18 && (digits == 1 || text[0] != '0');
            byte[] rest = [.. Enumerable.Range(0, random.Next(10)).Select(_ => others[random.Next(others.Length)])];
            byte[] json = [.. Encoding.ASCII.GetBytes(text), .. rest];
            Assert.Equal(isInteger ? digits : -1, JsonLengths.OfInteger(json, out long value));
            if (isInteger) Assert.Equal(long.Parse(text, System.Globalization.CultureInfo.InvariantCulture), value);
        }
    }

    private static int LengthOfString(byte[] json)
    {
        for (int end = 0; end < json.Length; end++)
        {
            if (json[end] == (byte)'"' && IsValid([(byte)'"', .. json.AsSpan(0, end + 1)])) return end;
        }

        return -1;
    }

    private static bool IsValid(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
