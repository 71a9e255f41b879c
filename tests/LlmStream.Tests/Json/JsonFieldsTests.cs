using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonFieldsTests
{
    [Theory]
    [InlineData("""{"a":"x"}""", "x", "x", null)]
    [InlineData("""{"a":""}""", null, null, null)]
    [InlineData("""{"a":7}""", null, "7", 7)]
    [InlineData("""{"a":7.50}""", null, "7.50", null)]
    [InlineData("""{"a":9999999999}""", null, "9999999999", null)]
    [InlineData("""{"a":true}""", null, null, null)]
    [InlineData("""{"a":null}""", null, null, null)]
    [InlineData("""{"a":{}}""", null, null, null)]
    [InlineData("""{"b":"x"}""", null, null, null)]
    [InlineData("""["a"]""", null, null, null)]
    [InlineData("7", null, null, null)]
    public void A_field_of_another_kind_is_null(string json, string? text, string? textOrNumber, int? number)
    {
        JsonElement element = Parse(json);
        Assert.Equal((text, textOrNumber, number), (element.Text("a"), element.TextOrNumber("a"), element.Number("a")));
    }

    [Fact]
    public void The_first_of_several_fields_with_a_value_is_used()
    {
        JsonElement element = Parse("""{"a":"","b":7,"c":"x"}""");
        Assert.Equal("7", element.TextOrNumber("a", "b", "c"));
        Assert.Equal("x", element.TextOrNumber("a", "c"));
        Assert.Null(element.TextOrNumber("a", "d"));
    }

    [Theory]
    [InlineData("""{"a":"é"}""", "é", "é")]
    [InlineData("""{"a":{"b": 1}}""", "", """{"b": 1}""")]
    [InlineData("""{"a":[1]}""", "", "")]
    [InlineData("[]", "", "")]
    public void Text_is_read_as_UTF8(string json, string bytes, string bytesOrRaw)
    {
        JsonElement element = Parse(json);
        Assert.Equal((bytes, bytesOrRaw), (Encoding.UTF8.GetString(element.Bytes("a")), Encoding.UTF8.GetString(element.BytesOrRaw("a"))));
    }

    [Theory]
    [InlineData("""{"a":[1,2]}""", 2)]
    [InlineData("""{"a":{"b":1}}""", 0)]
    [InlineData("{}", 0)]
    [InlineData("[[1]]", 0)]
    public void Only_an_array_has_items(string json, int count) => Assert.Equal(count, Parse(json).Items("a").Count());

    [Fact]
    public void Half_of_a_surrogate_pair_can_be_read()
    {
        using JsonDocument document = JsonFields.Parse("""{"a":"half \ud83d"}"""u8);
        Assert.Equal("half \ufffd", document.RootElement.Text("a"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":"é漢😀","b":"\\u00e9"}""")]
    public void The_length_of_an_element_is_that_of_its_text(string json) => Assert.Equal(json.Length, Parse(json).RawLength());

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
