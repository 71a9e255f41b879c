using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class ErrorScanTests
{
    private static readonly string[] Names =
    [
        "error", "errors", "Error", "err", "ErrorMsg", "e_r_r", "fault", "throttlingException", "message", "Message", "msg", "err_msg",
        "title", "reason", "detail", "description", "faultstring", "status_msg", "code", "error_code", "errcode", "status_code", "status",
        "base_resp", "header", "success", "type", "object", "event", "error_type", "__type", "x_groq", "Response", "response", "output",
        "result", "data", "choices", "delta", "candidates", "usage", "id", "model", "created", "größe", "a\\b",
    ];

    private static readonly Func<JsonNode?>[] Values =
    [
        () => null, () => true, () => false, () => 0, () => 429, () => "", () => "m", () => "ok", () => "error", () => "Failed", () => "0",
        () => "rate_limit_exceeded", () => "chat.completion.chunk", () => "{\"message\":\"m\",\"code\":\"c\"}", () => new JsonObject(),
    ];

    [Theory]
    [MemberData(nameof(ErrorShapeTests.Errors), MemberType = typeof(ErrorShapeTests))]
    public void Finds_the_known_forms_of_errors(string json, string? code, string message, bool isTransient)
    {
        Assert.True(ErrorScan.MayFind(Encoding.UTF8.GetBytes(json)), $"{code} {message} {isTransient}");
    }

    [Fact]
    public void Finds_whatever_the_reader_finds()
    {
        var random = new Random(18);
        int errors = 0, scanned = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] json = Encoding.UTF8.GetBytes(CreateObject(random, depth: 0).ToJsonString());
            bool mayFind = ErrorScan.MayFind(json);
            if (!mayFind) scanned++;
            if (ProviderFault.TryRead(json, isError: false) is null) continue;
            errors++;
            Assert.True(mayFind, Encoding.UTF8.GetString(json));
        }

        Assert.True(errors > 2_000 && scanned > 1_000, $"{errors} {scanned}");
    }

    [Theory]
    [InlineData("""{"id":"i","object":"chat.completion.chunk","model":"m","choices":[],"usage":{"prompt_tokens":1}}""")]
    [InlineData("""{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}""")]
    [InlineData("""{"id":"i","choices":[],"x_groq":{"id":"r","usage":{"total_time":0.1}}}""")]
    public void Finds_nothing_in_ordinary_events_without_an_answer(string json) =>
        Assert.False(ErrorScan.MayFind(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"id\":")]
    [InlineData("")]
    public void Does_not_decide_on_anything_but_an_object(string json) => Assert.True(ErrorScan.MayFind(Encoding.UTF8.GetBytes(json)));

    private static JsonObject CreateObject(Random random, int depth)
    {
        var created = new JsonObject();
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            string name = Names[random.Next(4) == 0 ? random.Next(Names.Length) : random.Next(Names.Length - 16, Names.Length)];
            created[name] = depth == 3 || random.Next(3) > 0 ? Values[random.Next(Values.Length)]()
                : random.Next(3) == 0 ? new JsonArray(CreateObject(random, depth + 1))
                : CreateObject(random, depth + 1);
        }

        return created;
    }
}
