using System.Text;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;

namespace LlmStream.AspNetCore.Tests.Requests;

public class RequestBodyTests
{
    [Theory]
    [InlineData("""{"a":"x\ud83d"}""", "x\uFFFD")]
    [InlineData("""{"a":"\ude00x"}""", "\uFFFDx")]
    [InlineData("""{"a":"\ud83d\ude00"}""", "\uD83D\uDE00")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", "\uFFFD\uD83D\uDE00")]
    [InlineData("""{"a":"\\ud83d"}""", "\\ud83d")]
    [InlineData("""{"a":"\\\ud83d"}""", "\\\uFFFD")]
    [InlineData("""{"a":"\u0041\n"}""", "A\n")]
    public void Halves_of_surrogate_pairs_are_replaced(string json, string expected)
    {
        Assert.Equal(expected, RequestBody.Parse(Encoding.UTF8.GetBytes(json)).GetProperty("a").GetString());
    }

    [Fact]
    public void A_name_with_half_of_a_surrogate_pair_can_be_compared()
    {
        JsonElement body = RequestBody.Parse("""{"\ud83d":1,"a":2}"""u8.ToArray());

        Assert.False(body.TryGetProperty("\uFFFDx", out _));
        Assert.Equal(2, body.GetProperty("a").GetInt32());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("{")]
    [InlineData("{\"a\":\"\\")]
    [InlineData("{\"a\":\"\\u")]
    [InlineData("{\"a\":\"\\ud83d")]
    [InlineData("{\"a\":\"\\ud8")]
    public void What_is_not_an_object_is_refused(string json)
    {
        Assert.Throws<InvalidRelayRequestException>(() => RequestBody.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] body = [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'];

        Assert.Throws<InvalidRelayRequestException>(() => RequestBody.Parse(body));
    }
}
