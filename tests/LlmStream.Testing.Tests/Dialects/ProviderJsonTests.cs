using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Testing.Dialects;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class ProviderJsonTests
{
    [Fact]
    public void Characters_are_escaped_only_if_json_requires_it() => Assert.Equal(
        "{\"a\":\"\\\"\\\\\\n\\r\\t\\u0001 <é> 蓝 👍\",\"b\":null}",
        Write("\"\\\n\r\t\u0001 <é> 蓝 👍"));

    [Fact]
    public void Text_is_preserved()
    {
        const string Text = "\"\\\n\r\t\u0001 <é> 蓝 👍";

        Assert.Equal(Text, (string?)JsonNode.Parse(Write(Text))!["a"]);
    }

    private static string Write(string text) => Encoding.UTF8.GetString(ProviderJson.ToBytes(json =>
    {
        json.WriteText("a", text);
        json.WriteText("b", null);
    }));
}
