using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t")]
    [InlineData("a\\u00e9\\u00E9z", "aééz")]
    [InlineData("é漢\U0001F600", "é漢\U0001F600")]
    [InlineData("é\\n漢", "é\n漢")]
    [InlineData("\\u4e2d\\u6587", "中文")]
    [InlineData("\\u4e2d\\u6587, \\u4e2d\\n\\u6587.", "中文, 中\n文.")]
    [InlineData("\\ud83d\\ude00", "\U0001F600")]
    [InlineData("\\ud83d", "\uFFFD")]
    [InlineData("\\ude00\\ud83d", "\uFFFD\uFFFD")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\uFFFD\U0001F600")]
    public void A_string_is_decoded(string raw, string expected) =>
        Assert.Equal(expected, JsonText.DecodeWhole(Encoding.UTF8.GetBytes(raw), raw.Contains('\\', StringComparison.Ordinal)));

    [Fact]
    public void Every_character_is_decoded_like_the_serializer_decodes_it()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            if (char.IsSurrogate((char)c)) continue;
            string json = $"\"\\u{c:x4}\"";
            Assert.Equal(JsonSerializer.Deserialize<string>(json), JsonText.DecodeWhole(Encoding.UTF8.GetBytes(json[1..^1]), escaped: true));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xE6 }, 1)]
    [InlineData(new byte[] { 0xE6, 0xBC }, 2)]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 }, 3)]
    [InlineData(new byte[] { 0xE6, 0xBC, 0xA2 }, 0)]
    public void An_incomplete_sequence_at_the_end_is_reported(byte[] end, int incomplete)
    {
        byte[] raw = [(byte)'a', .. end];
        var chars = new char[raw.Length];
        int length = JsonText.Decode(raw, escaped: false, chars, out int actual);
        Assert.Equal(incomplete, actual);
        Assert.Equal(incomplete == 0 ? 2 : 1, length);
        Assert.Equal(incomplete == 0 ? "a漢" : "a\uFFFD", JsonText.DecodeWhole(raw, escaped: false));
    }

    [Fact]
    public void Invalid_bytes_within_a_string_are_replaced()
    {
        Assert.Equal("a\uFFFDb", JsonText.DecodeWhole([(byte)'a', 0xFF, (byte)'b'], escaped: false));
        Assert.Equal("\uFFFD\n", JsonText.DecodeWhole([0xE6, (byte)'\\', (byte)'n'], escaped: true)); // incomplete, but not at the end
    }

    [Theory]
    [InlineData("a\\uD83Db", "a\uFFFDb")] // escaped, because attributes are stored as UTF-8
    [InlineData("a\\uDE00", "a\uFFFD")]
    [InlineData("\\uD83D\\uDE00\\uD83D", "\U0001F600\uFFFD")]
    public void Lone_surrogates_are_replaced(string text, string expected)
    {
        char[] chars = Regex.Unescape(text).ToCharArray();
        JsonText.ReplaceLoneSurrogates(chars);
        Assert.Equal(expected, new string(chars));
    }

    [Theory]
    [InlineData("""{"a":"x\n\"\\"}""", """{"a":"x\n\"\\"}""")]
    [InlineData("""["\ud83d\ude00"]""", """["\ud83d\ude00"]""")]
    [InlineData("""["\ud83dx\ude00"]""", """["\ufffdx\ufffd"]""")]
    [InlineData("""["\\ud83d"]""", """["\\ud83d"]""")] // a backslash, and text
    [InlineData("""["\ud83d\u0041"]""", """["\ufffd\u0041"]""")]
    [InlineData("[\"\\", "[\"\\")] // cut off
    [InlineData("[\"\\ud8", "[\"\\ud8")]
    public void Invalid_unicode_is_repaired(string json, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonText.RepairUnicode(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void The_strings_of_a_parsed_element_can_be_read()
    {
        byte[] json = [.. "{\"a\":\""u8, 0xFF, .. "\",\"b\":\"\\ud83d\"}"u8];
        JsonElement element = JsonText.ParseElement(json);
        json.AsSpan().Clear();
        Assert.Equal(("\uFFFD", "\uFFFD"), (element.GetProperty("a").GetString(), element.GetProperty("b").GetString()));
        Assert.ThrowsAny<JsonException>(() => JsonText.ParseElement("{"u8));
    }

    [Theory]
    [InlineData("""{"a":"b","c":[1,"漢 \\ 😀"]}""")]
    [InlineData(""" { "a" : "\u00e9\ud83d\ude00" } """)]
    public void A_parsed_element_does_not_depend_on_the_bytes(string text)
    {
        byte[] json = Encoding.UTF8.GetBytes(text);
        JsonElement element = JsonText.ParseElement(json);
        json.AsSpan().Fill((byte)'x');
        Assert.Equal(text.Trim(), element.GetRawText());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Short_strings_are_decoded_like_others(int seed)
    {
        var random = new Random(seed);
        // All that may be in a string, also what is not UTF-8: overlong forms, surrogates, and sequences without an end.
        byte[][] parts =
        [
            "a"u8.ToArray(), "word"u8.ToArray(), "é"u8.ToArray(), "漢"u8.ToArray(), "\u07FF"u8.ToArray(), "\u0800"u8.ToArray(), "\uFFFF"u8.ToArray(),
            "\\n"u8.ToArray(), "\\\""u8.ToArray(), "\\\\"u8.ToArray(), "\\u4e2d"u8.ToArray(), "\\u0000"u8.ToArray(), "\\ud83d"u8.ToArray(),
            "😀"u8.ToArray(), [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xE6], [0xE6, 0xBC], [0xC3], [0x80], [0xFF],
        ];
        int decoded = 0;
        for (int i = 0; i < 20_000; i++)
        {
            int kinds = random.Next(2, random.Next(2) == 0 ? parts.Length + 1 : 12);
            byte[] raw = [.. Enumerable.Range(0, random.Next(1, 25)).SelectMany(_ => parts[random.Next(kinds)])];
            bool escaped = raw.Contains((byte)'\\');
            var chars = new char[raw.Length + random.Next(40)];
            byte[] followed = [.. raw, .. "\"},漢\\\\"u8[..random.Next(9)], .. new byte[random.Next(40)]];
            int length = JsonText.DecodeShort(followed, raw.Length, escaped, chars);
            if (length < 0) continue;
            var expected = new char[raw.Length];
            int expectedLength = JsonText.Decode(raw, escaped, expected, out int incomplete);
            Assert.Equal(new string(expected, 0, expectedLength), new string(chars, 0, length));
            Assert.Equal(0, incomplete);
            Assert.Equal(-1, JsonText.IndexOfLoneSurrogate(chars.AsSpan(0, length)));
            decoded++;
        }

#if LIBRARY_FOR_NETSTANDARD
        Assert.InRange(decoded, 1, 1_000); // escapes alone
#else
        Assert.InRange(decoded, 1_000, 15_000);
#endif
    }

    [Theory]
    [InlineData("\\u4e2d", "中")]
    [InlineData("\\u4e2d\\u6587\\u000A\\uFFFD", "中文\n\uFFFD")]
    [InlineData("\\u4e2d\\ud83d\\ude00", null)]
    [InlineData("\\ude00", null)]
    [InlineData("\\u4e2d.", null)]
    [InlineData("a\\u4e2d", null)]
    [InlineData("\\u4e2d\\n", null)]
    public void Escapes_alone_are_decoded_at_once(string json, string? expected)
    {
        byte[] raw = Encoding.UTF8.GetBytes(json);
        var chars = new char[100];
        int length = JsonText.DecodeShort([.. raw, .. "\\u4e2d"u8, .. new byte[40]], raw.Length, escaped: true, chars);
        Assert.Equal(expected, length < 0 ? null : new string(chars, 0, length));
    }
}
