using System.Text;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonHeadTests
{
    [Fact]
    public void The_fields_of_an_object_are_known_by_name_and_kind()
    {
        const string Json = """{"type":"a","count":3,"object":{"inner":"b","deep":{"c":1}},"list":[{"d":1}],"none":null}""";
        JsonHead head = Read(Json + " rest", out int length);
        Assert.Equal(Json.Length, length);
        Assert.True(head.Has("type") && head.Has("none") && !head.Has("inner") && !head.Has("d"));
        Assert.True(head.HasAny("x", "list"));
        Assert.False(head.HasAny("x", "y"));
        Assert.Equal("a", head.Text("type"));
        Assert.Null(head.Text("count"));
        Assert.Null(head.Text("missing"));
        Assert.True(head.IsNumber("count"));
        Assert.False(head.IsNumber("type"));
        Assert.Equal("b", head.Object("object")!.Text("inner"));
        Assert.True(head.Object("object")!.Has("deep"));
        Assert.Null(head.Object("object")!.Object("deep")); // two levels are enough
        Assert.Null(head.Object("list"));
    }

    [Fact]
    public void The_first_field_of_a_name_counts()
    {
        Assert.Equal("1", Read("""{"a":"1","a":"2"}""", out _).Text("a"));
        Assert.Null(Read("""{"a":"1","a":{"b":2}}""", out _).Object("a"));
    }

    [Theory]
    [InlineData("{\"a\":\"1\",\"b\":\"2", true)] // the value is incomplete
    [InlineData("{\"a\":\"1\",\"b\":", true)]
    [InlineData("{\"a\":\"1\",\"b\"", false)]
    [InlineData("{\"a\":\"1\",\"b\":x}", true)]
    [InlineData("{\"a\":\"1\",,\"b\":2}", false)]
    public void An_object_is_read_as_far_as_its_bytes_go(string json, bool hasB)
    {
        JsonHead head = Read(json, out _);
        Assert.Equal("1", head.Text("a"));
        Assert.Equal(hasB, head.Has("b"));
        Assert.Null(head.Text("b"));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("")]
    [InlineData("x")]
    public void Anything_else_has_no_fields(string json) => Assert.False(Read(json, out _).HasAny("a", ""));

    private static JsonHead Read(string json, out int length) => JsonHead.Read(Encoding.UTF8.GetBytes(json), out length);
}
