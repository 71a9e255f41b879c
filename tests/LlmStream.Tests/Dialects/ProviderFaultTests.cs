using System.Text;
using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class ProviderFaultTests
{
    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","code":"c"}}""", "c", "m", null)]
    [InlineData("""{"error":{"message":"m","type":"t","code":null}}""", "t", "m", null)]
    [InlineData("""{"error":{"message":"m","code":429}}""", "429", "m", 429)]
    [InlineData("""{"error":{"message":"m","code":503,"status":"UNAVAILABLE"}}""", "UNAVAILABLE", "m", 503)]
    [InlineData("""{"error":{"message":"m","code":"x","status_code":400}}""", "x", "m", 400)]
    [InlineData("""{"error":{"code":"only"}}""", "only", """{"code":"only"}""", null)]
    [InlineData("""{"error":"m"}""", null, "m", null)]
    [InlineData("""{"code":"c","error":"m"}""", "c", "m", null)]
    [InlineData("""{"error":["m"]}""", null, "m", null)]
    [InlineData("""{"errors":[{"message":"m","code":1}]}""", "1", "m", null)]
    [InlineData("""[{"error":{"message":"m","code":400,"status":"INVALID_ARGUMENT"}}]""", "INVALID_ARGUMENT", "m", 400)]
    [InlineData("""{"object":"error","message":"m","type":"t","code":"3051"}""", "3051", "m", null)]
    [InlineData("""{"object":"error","message":"m","type":"t","code":404}""", "404", "m", 404)]
    [InlineData("""{"code":"c","message":"m","request_id":"r"}""", "c", "m", null)]
    [InlineData("""{"Response":{"Error":{"Code":"c","Message":"m"},"RequestId":"r"}}""", "c", "m", null)]
    [InlineData("""{"ErrorMsg":{"Msg":"m","Code":2003}}""", "2003", "m", null)]
    [InlineData("""{"detail":"m"}""", null, "m", null)]
    [InlineData("""{"detail":[{"loc":["body"],"msg":"m"}]}""", null, """[{"loc":["body"],"msg":"m"}]""", null)]
    public void The_shapes_of_errors_are_known(string json, string? code, string message, int? status)
    {
        ProviderFault fault = ProviderFault.TryRead(Encoding.UTF8.GetBytes(json), isError: false)!;
        Assert.Equal(code, fault.Code);
        Assert.Equal(message, fault.Message);
        Assert.Equal(status, fault.Status);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("3")]
    [InlineData("not json")]
    [InlineData("""{"error":null}""")]
    [InlineData("""{"error":""}""")]
    [InlineData("""{"error":{}}""")]
    [InlineData("""{"error":false}""")]
    [InlineData("""{"message":"m"}""")]
    [InlineData("""{"code":200}""")]
    [InlineData("""{"object":"chat.completion.chunk","choices":[]}""")]
    [InlineData("""{"Response":{"RequestId":"r"}}""")]
    public void What_is_no_error_is_none(string json) => Assert.Null(ProviderFault.TryRead(Encoding.UTF8.GetBytes(json), isError: false));

    [Theory]
    [InlineData("not json", "not json")]
    [InlineData("\"text\"", "text")]
    [InlineData("""{"message":"m"}""", "m")]
    [InlineData("""{"why":"so"}""", """{"why":"so"}""")]
    public void In_an_error_event_anything_is_one(string data, string message) =>
        Assert.Equal(message, ProviderFault.TryRead(Encoding.UTF8.GetBytes(data), isError: true)!.Message);

    [Theory]
    [InlineData("rate_limit_exceeded", null, true)]
    [InlineData("Throttling.RateQuota", null, true)]
    [InlineData("InternalError.Timeout", null, true)]
    [InlineData("overloaded_error", null, true)]
    [InlineData("insufficient_system_resource", null, true)]
    [InlineData("invalid_api_key", null, false)]
    [InlineData("insufficient_quota", null, false)]
    [InlineData(null, null, false)]
    [InlineData("x", 429, true)]
    [InlineData("x", 503, true)]
    [InlineData("server_error", 400, false)] // the status counts more than the word
    public void What_may_pass_is_transient(string? code, int? status, bool isTransient) =>
        Assert.Equal(isTransient, new ProviderFault(code, "m") { Status = status }.IsTransient);

    [Fact]
    public void A_quotation_is_short_and_of_one_line()
    {
        Assert.Equal("a  b", ProviderFault.Quote("  a\r\nb\n"u8));
        string quote = ProviderFault.Quote(Encoding.UTF8.GetBytes(new string('x', 5000)));
        Assert.Equal(new string('x', 200) + "…", quote);
        Assert.Equal("\uFFFD", ProviderFault.Quote([0xFF]));
    }
}
