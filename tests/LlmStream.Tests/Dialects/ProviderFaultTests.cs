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
    public void The_forms_of_errors_are_known(string json, string? code, string message, int? status)
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
    public void Anything_else_is_no_error(string json) => Assert.Null(ProviderFault.TryRead(Encoding.UTF8.GetBytes(json), isError: false));

    [Theory]
    [InlineData("not json", "not json")]
    [InlineData("\"text\"", "text")]
    [InlineData("""{"message":"m"}""", "m")]
    [InlineData("""{"why":"so"}""", """{"why":"so"}""")]
    public void Anything_is_an_error_if_the_event_says_so(string data, string message) =>
        Assert.Equal(message, ProviderFault.TryRead(Encoding.UTF8.GetBytes(data), isError: true)!.Message);

    [Theory]
    [InlineData("rate_limit_exceeded", null, true)] // OpenAI
    [InlineData("server_error", null, true)]
    [InlineData("Throttling.RateQuota", null, true)] // DashScope
    [InlineData("InternalError.Timeout", null, true)]
    [InlineData("overloaded_error", null, true)] // Anthropic
    [InlineData("api_error", null, true)]
    [InlineData("insufficient_system_resource", null, true)] // DeepSeek
    [InlineData("UNAVAILABLE", null, true)] // Google
    [InlineData("LimitExceeded.Requests", null, true)] // Tencent Cloud
    [InlineData("invalid_api_key", null, false)]
    [InlineData("insufficient_quota", null, false)]
    [InlineData(null, null, false)]
    [InlineData("x", 429, true)]
    [InlineData("x", 503, true)]
    [InlineData("x", 499, true)] // Google's CANCELLED
    [InlineData("x", 498, false)]
    [InlineData("x", 500, true)]
    [InlineData("server_error", 400, false)] // the status counts more than the code
    public void Errors_that_are_temporary_are_transient(string? code, int? status, bool isTransient) =>
        Assert.Equal(isTransient, new ProviderFault(code, "m") { Status = status }.IsTransient);

    [Theory]
    [InlineData("reason", """{"error":{"message":"m","code":400,"status":"INVALID_ARGUMENT","details":[1,{"x":1},{"reason":"API_KEY_INVALID"}]}}""", "API_KEY_INVALID")]
    [InlineData("delay", """{"error":{"message":"m","details":[{"retryDelay":"13.5s"}]}}""", "13.5")]
    [InlineData("delay", """{"error":{"message":"m","details":[{"retryDelay":"2147483647s"}]}}""", "")]
    [InlineData("delay", """{"error":{"message":"m","details":[{"retryDelay":"soon"}]}}""", "")]
    [InlineData("delay", """{"error":{"message":"m","details":{"retryDelay":"1s"}}}""", "")]
    [InlineData("id", """{"error":{"message":"m"},"request_id":"r"}""", "r")]
    [InlineData("id", """{"code":"c","message":"m","request_id":"r"}""", "r")]
    [InlineData("id", """{"Response":{"Error":{"Code":"c","Message":"m"},"RequestId":"r"}}""", "r")]
    public void The_details_of_an_error_are_read(string detail, string json, string expected)
    {
        ProviderFault fault = ProviderFault.TryRead(Encoding.UTF8.GetBytes(json), isError: false)!;
        string? actual = detail switch
        {
            "reason" => fault.Reason,
            "id" => fault.RequestId,
            _ => fault.RetryAfter?.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        Assert.Equal(expected, actual ?? "");
    }

    [Theory]
    [InlineData("""{"error":"m"}""", true)]
    [InlineData("""{"error":true}""", true)]
    [InlineData("""{"x":{"error":""},"error":{"a":1}}""", true)]
    [InlineData("""{"error":[1]}""", true)]
    [InlineData("""{"error":""}""", false)]
    [InlineData("""{"error":null}""", false)]
    [InlineData("""{"error":0.5}""", false)] // a measurement
    [InlineData("""{"error":{}}""", false)]
    [InlineData("""{"error":[]}""", false)]
    [InlineData("""{"x":{"error":"m"}}""", false)]
    [InlineData("""{"message":"m"}""", false)]
    [InlineData("""["error"]""", false)]
    [InlineData("""{"x":1,"error" """, false)]
    [InlineData("", false)]
    public void An_error_field_that_is_not_empty_is_found(string json, bool isError) =>
        Assert.Equal(isError, ProviderFault.HasErrorField(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_quotation_is_short_and_has_one_line()
    {
        Assert.Equal("a  b", ProviderFault.Quote("  a\r\nb\n"u8));
        string quote = ProviderFault.Quote(Encoding.UTF8.GetBytes(new string('x', 5000)));
        Assert.Equal(new string('x', 200) + "…", quote);
        Assert.Equal("\uFFFD", ProviderFault.Quote([0xFF]));
    }

    [Fact]
    public void A_dialect_may_state_whether_an_error_is_transient()
    {
        Assert.True(new ProviderFault("unknown", null) { Status = 424, IsTransient = true }.IsTransient);
        Assert.False(new ProviderFault("overloaded", null) { IsTransient = false }.IsTransient);
    }
}
