using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonReaderExtensionsTests
{
    [Theory]
    [InlineData("\"stop\"", true)]
    [InlineData("\"\\u0073top\"", true)]
    [InlineData("\"\\u0073\\u0074\\u006f\\u0070\"", true)] // every character is an escape of six bytes
    [InlineData("\"\\u0073\\u0074\\u006f\\u0070\\u0070\"", false)]
    [InlineData("\"st\\ud83dop\"", false)] // half of a surrogate pair only differs
    [InlineData("\"st\"", false)]
    [InlineData("\"\"", false)]
    public void A_string_is_compared_without_its_escapes(string json, bool isEqual)
    {
        Utf8JsonReader reader = JsonReaders.Open(json);
        Assert.Equal(isEqual, reader.Is("stop"u8));
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("[1]", false)]
    [InlineData("\"x\"", false)]
    [InlineData("null", false)]
    public void Only_an_object_is_entered(string json, bool isObject)
    {
        Utf8JsonReader reader = JsonReaders.Open(json);
        Assert.Equal(isObject, reader.TryEnterObject());
        if (!isObject) Assert.False(reader.Read()); // it was skipped
        reader = JsonReaders.OpenProperty($$"""{"a":{{json}},"b":2}""");
        Assert.Equal(isObject, reader.ReadObject());
        if (isObject) Assert.False(reader.NextProperty());
        Assert.True(reader.NextProperty());
        Assert.True(reader.Is("b"u8));
    }

    [Theory]
    [InlineData("[]", true)]
    [InlineData("{\"a\":1}", false)]
    [InlineData("1", false)]
    public void Only_an_array_is_entered(string json, bool isArray)
    {
        Utf8JsonReader reader = JsonReaders.Open(json);
        Assert.Equal(isArray, reader.TryEnterArray());
        reader = JsonReaders.OpenProperty($$"""{"a":{{json}},"b":2}""");
        Assert.Equal(isArray, reader.ReadArray());
        if (isArray) Assert.False(reader.NextItem());
        Assert.True(reader.NextProperty());
        Assert.True(reader.Is("b"u8));
    }

    [Fact]
    public void The_default_reader_is_on_no_value()
    {
        Utf8JsonReader reader = default;
        Assert.False(reader.HasValue());
        Assert.False(reader.HasText());
        Assert.False(reader.TryEnterObject());
        Assert.False(reader.TryEnterArray());
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData(" {\"a\":1} ", true)]
    [InlineData("[]", false)]
    [InlineData("1", false)]
    [InlineData("", false)]
    public void An_object_can_be_required(string json, bool isObject)
    {
        Assert.Equal(isObject, Succeeds());

        bool Succeeds()
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            try
            {
                reader.RequireObject();
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{} \r\n", true)]
    [InlineData("{}{}", false)]
    [InlineData("{} x", false)]
    [InlineData("{", false)]
    public void The_end_can_be_required(string json, bool isEnd)
    {
        Assert.Equal(isEnd, Succeeds());

        bool Succeeds()
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            try
            {
                reader.RequireEnd();
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Only_the_objects_of_an_array_are_entered()
    {
        Utf8JsonReader reader = JsonReaders.Open("""[1,{"a":1},[{"b":2}],null,{"c":3}]""");
        List<string> names = [];
        while (reader.NextObject())
        {
            while (reader.NextProperty())
            {
                names.Add(reader.Decode());
                reader.Skip();
            }
        }

        Assert.Equal(["a", "c"], names);
    }

    [Theory]
    [InlineData("\"x\"", true, "x")]
    [InlineData("\"\"", true, "")]
    [InlineData("\"\\ud83d!\"", true, "\uFFFD!")]
    [InlineData("1", false, null)]
    [InlineData("{\"x\":1}", false, null)]
    [InlineData("null", false, null)]
    public void A_property_is_read_as_a_string(string value, bool isText, string? text)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"a":{{value}},"b":2}"""), other = reader;
        Assert.Equal(isText, reader.ReadText());
        Assert.Equal(text, other.ReadString());
        Assert.True(reader.NextProperty());
        Assert.True(other.NextProperty());
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("\"true\"", false)]
    [InlineData("1", false)]
    [InlineData("[true]", false)]
    public void A_property_is_read_as_true(string value, bool isTrue)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"a":{{value}},"b":2}""");
        Assert.Equal(isTrue, reader.ReadTrue());
        Assert.True(reader.NextProperty());
    }

    [Theory]
    [InlineData("\"f\"", "f")]
    [InlineData("\" f \"", " f ")]
    [InlineData("\"\\u0066\"", "f")]
    [InlineData("\"\\ud83d\"", "\uFFFD")]
    [InlineData("\"\"", null)]
    [InlineData("\" \\n\\t\"", null)]
    [InlineData("\"\\u00a0\\u3000\\u200b\\ufeff\"", null)] // non-breaking, ideographic, and zero-width spaces
    [InlineData("\"\u00A0\u2003\u2060\"", null)] // the same, not escaped
    [InlineData("\"\\u0000\"", null)]
    [InlineData("null", null)]
    [InlineData("1", null)]
    [InlineData("[\"f\"]", null)]
    public void A_blank_string_is_no_name(string value, string? name)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"a":{{value}},"b":2}"""), other = reader;
        Assert.Equal(name, reader.ReadName());
        Assert.True(reader.NextProperty());
        other.Read();
        Assert.Equal(name is not null, other.HasName());
    }

    [Theory]
    [InlineData("\"2026-11-01T00:00:00Z\"", true)]
    [InlineData("\"2026-11-01T00:00:00\\ud83d\"", false)]
    [InlineData("\"today\"", false)]
    [InlineData("7", false)]
    public void A_time_that_is_none_is_null(string value, bool isTime) =>
        Assert.Equal(isTime ? new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero) : null, JsonReaders.Open(value).ToTime());

    [Theory]
    [InlineData("\"/w==\"", true)]
    [InlineData("\"\\/w==\"", true)]
    [InlineData("\"\\ud83d\"", false)]
    [InlineData("\"?\"", false)]
    [InlineData("7", false)]
    public void Bytes_that_are_not_base64_are_null(string value, bool isBase64) =>
        Assert.Equal(isBase64 ? new byte[] { 255 } : null, JsonReaders.Open(value).ToBytes());

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("7", 7, 7)]
    [InlineData("-7", -7, 0)]
    [InlineData("2147483647", int.MaxValue, int.MaxValue)]
    [InlineData("2147483648", null, 0)]
    [InlineData("1.0", 1, 1)] // as some serializers write whole numbers
    [InlineData("1.5", null, 0)]
    [InlineData("1e99", null, 0)]
    [InlineData("\"7\"", 7, 7)]
    [InlineData("\" 7 \"", 7, 7)]
    [InlineData("\"-1\"", -1, 0)]
    [InlineData("\"7a\"", null, 0)]
    [InlineData("\"\"", null, 0)]
    [InlineData("true", null, 0)]
    [InlineData("[7]", null, 0)]
    [InlineData("null", null, 0)]
    public void A_property_is_read_as_an_integer(string value, int? number, int index)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"a":{{value}},"b":2}"""), other = reader;
        Assert.Equal(number, reader.ReadInt32());
        Assert.Equal(index, other.ReadIndex());
        Assert.True(reader.NextProperty());
        Assert.True(other.NextProperty());
    }

    [Theory]
    [InlineData("null", false)]
    [InlineData("\"\"", true)]
    [InlineData("{\"x\":1}", true)]
    [InlineData("false", true)]
    public void The_presence_of_a_property_does_not_depend_on_its_value(string value, bool isPresent)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"a":{{value}},"b":2}"""), place = default, other = reader;
        Assert.Equal(isPresent, reader.ReadPresence());
        Assert.Equal(isPresent, other.Remember(ref place));
        Assert.Equal(isPresent, place.HasValue());
        Assert.True(reader.NextProperty());
        Assert.True(other.NextProperty());
    }

    [Fact]
    public void A_remembered_value_is_read_later()
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty("""{"a":{"b":"c"},"d":2}"""), place = default;
        reader.Remember(ref place);
        while (reader.NextProperty()) reader.Skip();
        Assert.True(place.TryEnterObject());
        Assert.True(place.NextProperty());
        Assert.Equal("c", place.ReadString());
        Assert.False(place.NextProperty());
    }

    [Theory]
    [InlineData("{ \"b\" : [ 1 , 2 ] }")]
    [InlineData("[{}]")]
    [InlineData("\"x\\n\"")]
    [InlineData("-1.5e3")]
    [InlineData("null")]
    public void The_bytes_of_a_value_are_those_of_the_data(string value)
    {
        byte[] data = Encoding.UTF8.GetBytes($$"""{"a": {{value}} ,"b":2}""");
        var reader = new Utf8JsonReader(data);
        reader.RequireObject();
        reader.Read();
        reader.Read();
        Utf8JsonReader other = reader;
        Assert.Equal(value, Encoding.UTF8.GetString(reader.Slice(data)));
        Assert.Equal(value, Encoding.UTF8.GetString(other.ReadRaw()));
        Assert.True(reader.NextProperty());
        Assert.True(other.NextProperty());
    }
}
