using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonCursorTests
{
    // What mutations of the events below insert.
    private static readonly string[] Bits =
        ["\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "\t", "0", "1", "-", ".", "e", "null", "true", "false", "\\u00e9", "\\ud83d", "\u0001", "é", "a"];

    private static readonly string[] Values =
    [
        """{"type":"response.completed","response":{"id":"r","output":[{"content":[{"text":"a\nb","n":[]}]}],"usage":{"n":12}},"n":-1.5e+3}""",
        """ { "a" : [ 1 , true , false , null , "" , { } , [ ] ] , "b" : { "c" : "\ud83d\ude00" } , "a" : 0 } """,
        """[[],{},"x",[[["y"]]],{"a":{"b":{"c":null}}}]""",
        "{}", "[]", "[0]", "\"a\"", "12", "",
    ];

    [Fact]
    public void Properties_are_read_in_order()
    {
        var cursor = new JsonCursor("""{"id":"a","n": 12 ,"\u0069d":"\u0062","o":{"x":[1,"}"]},"z":null}"""u8);
        Assert.True(cursor.Next());
        Assert.True(cursor.Is("id"u8) && cursor is { IsString: true, HasName: true, IsEscaped: false, Start: 6 });
        Assert.Equal("a", cursor.Decode());
        Assert.True(cursor.Next());
        Assert.True(cursor.IsNumber && cursor.Is("n"u8) && !cursor.Is("id"u8));
        Assert.Equal("12", Encoding.UTF8.GetString(cursor.Value));
        Assert.True(cursor.Next());
        Assert.True(cursor.Is("id"u8) && cursor.IsAny(new FieldNames("x", "id")) && cursor.IsText("b"u8) && cursor.IsEscaped);
        Assert.True(cursor.Next());
        Assert.True(cursor is { IsObject: true, IsString: false, HasName: false });
        Assert.Equal("""{"x":[1,"}"]}""", Encoding.UTF8.GetString(cursor.Value));
        Assert.True(cursor.Next());
        Assert.True(cursor.IsNull);
        Assert.False(cursor.IsAtEnd);
        Assert.False(cursor.Next());
        Assert.True(cursor.IsAtEnd);
    }

    [Fact]
    public void Elements_are_read_in_order()
    {
        var cursor = new JsonCursor(""" [ "a" , [1] , {"b":2} ] """u8);
        List<string> values = [];
        while (cursor.Next()) values.Add(Encoding.UTF8.GetString(cursor.Value));
        Assert.Equal(["\"a\"", "[1]", "{\"b\":2}"], values);
        Assert.True(cursor.IsAtEnd);
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(100, false)]
    public void Values_may_be_as_deep_as_those_of_a_reader(int depth, bool isValid)
    {
        foreach ((string open, string close) in new[] { ("[", "]"), ("{\"a\":", "}") })
        {
            string json = "{\"a\":" + string.Concat(Enumerable.Repeat(open, depth)) + "0" + string.Concat(Enumerable.Repeat(close, depth)) + "}";
            Assert.Equal(isValid, Compare(Encoding.UTF8.GetBytes(json)));
        }
    }

    [Theory]
    [InlineData("{\"a\":1,}")]
    [InlineData("{,\"a\":1}")]
    [InlineData("{\"a\":1 \"b\":2}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{a:1}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":1x}")]
    [InlineData("{\"a\":nullx}")]
    [InlineData("{\"a\":[1,]}")]
    [InlineData("{\"a\":[1}}")]
    [InlineData("{\"a\":{\"b\":1]}")]
    [InlineData("{\"a\":\"b}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":1}}")]
    [InlineData("{\"a\":1}1")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\"")]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("{\"a\":/**/1}")]
    [InlineData("{\"a\":\u00a01}")]
    public void Invalid_bytes_are_refused(string json) => Assert.False(Compare(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void The_same_bytes_are_valid_as_for_a_reader()
    {
        var random = new Random(1);
        int valid = 0;
        for (int i = 0; i < 30_000; i++)
        {
            string json = Values[random.Next(Values.Length)];
            for (int changes = random.Next(4); changes > 0; changes--)
            {
                int start = random.Next(json.Length + 1), length = random.Next(Math.Min(json.Length - start, 4) + 1);
                json = json[..start] + (random.Next(2) == 0 ? Bits[random.Next(Bits.Length)] : "") + json[(start + length)..];
            }

            if (Compare(Encoding.UTF8.GetBytes(json))) valid++;
        }

        Assert.InRange(valid, 3_000, 27_000); // both occur
    }

    /// <summary>Compares what a cursor and a reader make of some bytes.</summary>
    /// <returns>Whether they are an object or an array.</returns>
    private static bool Compare(byte[] json)
    {
        List<string>? expected = Read(json), actual = Walk(json);
        Assert.Equal(expected, actual);
        return expected is not null;
    }

    private static List<string>? Walk(ReadOnlySpan<byte> json)
    {
        List<string> values = [];
        var cursor = new JsonCursor(json);
        while (cursor.Next())
        {
            Assert.Equal(cursor.Value, json.Slice(cursor.Start, cursor.Value.Length));
            values.Add($"{cursor.Start} {Encoding.UTF8.GetString(cursor.Value)} {cursor.IsEscaped} {cursor.Is("a"u8)}");
        }

        return cursor.IsAtEnd ? values : null;
    }

    private static List<string>? Read(ReadOnlySpan<byte> json)
    {
        List<string> values = [];
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        try
        {
            if (!reader.Read() || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return null;
            bool isObject = reader.TokenType == JsonTokenType.StartObject, isNamedA = false;
            while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
            {
                if (isObject)
                {
                    isNamedA = reader.Is("a"u8);
                    reader.Read();
                }

                int start = (int)reader.TokenStartIndex;
                bool isEscaped = reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped;
                values.Add($"{start} {Encoding.UTF8.GetString(reader.Slice(json))} {isEscaped} {isNamedA}");
            }

            reader.RequireEnd();
            return values;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
