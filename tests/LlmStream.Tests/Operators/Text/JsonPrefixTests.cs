using System.Buffers;
using System.Text.Json;
using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class JsonPrefixTests
{
    [Fact]
    public void A_prefix_of_any_length_renders_a_document()
    {
        const string json = """{"k\u0061":"v\ud83d\ude00w","n":[-1.5e+2,{"x":[]},false],"😀":"世"}""";
        for (int length = 1; length < json.Length; length++)
        {
            var prefix = new JsonPrefix();
            Assert.Equal(-1, prefix.Read(json.AsSpan(0, length), 0));
            foreach (bool withString in (bool[])[false, prefix.HasOpenString])
            {
                using JsonDocument parsed = JsonDocument.Parse(Render(prefix, withString));
                foreach (JsonProperty property in parsed.RootElement.EnumerateObject()) _ = property.Value.ToString();
            }
        }
    }

    [Theory]
    [InlineData("""{"a":1""", "{}")] // more digits may follow
    [InlineData("""{"a":1,""", """{"a":1}""")]
    [InlineData("""{"a":1 """, """{"a":1}""")]
    [InlineData("""{"a":tru""", "{}")]
    [InlineData("""{"a":true""", """{"a":true}""")]
    [InlineData("""{"a":[1,{"b":[]""", """{"a":[1,{"b":[]}]}""")]
    [InlineData("""{"a":"x""", "{}", """{"a":"x"}""")]
    [InlineData("""{"a":"x\""", "{}", """{"a":"x"}""")]
    [InlineData("""{"a":"x\u00""", "{}", """{"a":"x"}""")]
    [InlineData("""{"a":"x\ud83d""", "{}", """{"a":"x"}""")] // half a surrogate pair
    [InlineData("""{"a":"x\ud83d\ude0""", "{}", """{"a":"x"}""")]
    [InlineData("""{"a":"x\ud83d\ude00""", "{}", """{"a":"x\ud83d\ude00"}""")]
    [InlineData("""{"a":"x","b""", """{"a":"x"}""")] // keys are not values
    [InlineData("\uFEFF \n```json\n[1,", "[1]")]
    public void Renders_what_is_known(string text, string expected, string? withOpenString = null)
    {
        var prefix = new JsonPrefix();
        Assert.Equal(-1, prefix.Read(text, 0));
        Assert.False(prefix.IsComplete);
        Assert.Equal(expected, Render(prefix, withOpenString: false));
        Assert.Equal(withOpenString is not null, prefix.HasOpenString);
        if (withOpenString is not null) Assert.Equal(withOpenString, Render(prefix, withOpenString: true));
    }

    [Theory]
    [InlineData("{} trailing {", "{}")]
    [InlineData(" [1] ", "[1]")]
    [InlineData("\"a\"", "\"a\"")]
    [InlineData("null", "null")]
    public void Is_complete_at_the_end_of_the_document(string text, string expected)
    {
        var prefix = new JsonPrefix();
        Assert.Equal(-1, prefix.Read(text, 0));
        Assert.True(prefix.IsComplete);
        Assert.Equal(expected, Render(prefix, withOpenString: false));
    }

    [Fact]
    public void A_number_is_complete_only_at_the_end_of_the_text()
    {
        var prefix = new JsonPrefix();
        prefix.Read("12", 0);
        Assert.False(prefix.IsComplete);
        prefix.Read("3", 2);
        prefix.End();
        Assert.True(prefix.IsComplete);
        Assert.Equal("123", Render(prefix, withOpenString: false));
    }

    [Theory]
    [InlineData("{]", 1)]
    [InlineData("[}", 1)]
    [InlineData("[,", 1)]
    [InlineData("[1,]", 3)]
    [InlineData("{\"a\" 1", 5)]
    [InlineData("{\"a\":1 2", 7)]
    [InlineData("[nul1", 4)]
    [InlineData("[\"\\q", 3)]
    [InlineData("[\"\\u12g", 6)]
    [InlineData("[\"\n", 2)]
    [InlineData("x", 0)]
    public void Reports_the_offset_of_the_first_invalid_character(string text, int expected)
    {
        Assert.Equal(expected, new JsonPrefix().Read(text, 0));

        var divided = new JsonPrefix();
        int found = -1;
        for (int i = 0; i < text.Length && found < 0; i++) found = divided.Read(text.AsSpan(i, 1), i);
        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData("""{"a":"xyz""", 7, """q"}""", """{"a":"xq"}""", 1)]
    [InlineData("""{"a":[1,2],"b""", 9, "]}", """{"a":[1,2]}""", 1)]
    [InlineData("""{"a":1}""", 0, "[2]", "[2]", 1)]
    [InlineData("""{"a":1} and""", 8, " more", """{"a":1}""", 0)] // after the document
    public void A_rewrite_is_parsed_again(string text, int offset, string rest, string expected, int rewriteCount)
    {
        var prefix = new JsonPrefix();
        prefix.Read(text, 0);
        Assert.Equal(-1, prefix.Read(rest, offset));
        Assert.True(prefix.IsComplete);
        Assert.Equal(expected, Render(prefix, withOpenString: false));
        Assert.Equal(rewriteCount, prefix.RewriteCount);
    }

    private static string Render(JsonPrefix prefix, bool withOpenString)
    {
        char[] document = prefix.Render(withOpenString, out int length);
        string text = new(document, 0, length);
        ArrayPool<char>.Shared.Return(document);
        return text;
    }
}
