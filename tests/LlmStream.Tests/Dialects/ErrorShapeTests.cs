using LlmStream.Tests.Dialects.Streams;

namespace LlmStream.Tests.Dialects;

/// <summary>The public forms of errors, at all places of a stream, and what looks like an error and is none.</summary>
public class ErrorShapeTests
{
    private const string Text = """{"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}""";
    private const string Finish = """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";

    // The event; then the code, message, and transience that it reports.
    public static TheoryData<string, string?, string, bool> Errors => new()
    {
        // A field for errors.
        { """{"error":"m"}""", null, "m", false },
        { """{"error":{"message":"m","type":"server_error","code":null}}""", "server_error", "m", true },
        { """{"error":{"message":"m","code":429}}""", "429", "m", true },
        { """{"error":{"message":"m","code":"400"}}""", "400", "m", false },
        { """{"error":"{\"message\":\"m\",\"code\":\"c\"}"}""", "c", "m", false }, // JSON in a string
        { """{"error":{"error":{"message":"m","code":"c"}}}""", "c", "m", false },
        { """{"error":["m"]}""", null, "m", false },
        { """{"error":true,"message":"m","code":"c"}""", "c", "m", false },
        { """{"error":503,"message":"m","status":503}""", "503", "m", true },
        { """{"error":"m","error_type":"overloaded"}""", "overloaded", "m", true }, // Hugging Face
        { """{"timestamp":1,"status":500,"error":"m","path":"/v1"}""", "500", "m", true }, // Spring
        { """[{"error":{"message":"m","code":503,"status":"UNAVAILABLE"}}]""", "UNAVAILABLE", "m", true }, // Gemini
        { "\"{\\\"error\\\":{\\\"message\\\":\\\"m\\\"}}\"", null, "m", false }, // the event is a string
        { """{"errors":[{"code":7009,"message":"m"}],"success":false,"result":null}""", "7009", "m", false }, // Cloudflare
        { """{"ErrorMsg":{"Msg":"m","Code":2003}}""", "2003", "m", false }, // Hunyuan
        { """{"Response":{"Error":{"Code":"c","Message":"m"},"RequestId":"r"}}""", "c", "m", false }, // Tencent Cloud
        { """{"ResponseMetadata":{"RequestId":"r","Error":{"Code":"c","Message":"m"}}}""", "c", "m", false }, // Volcengine
        {
            """{"fault":{"faultstring":"m","detail":{"errorcode":"policies.ratelimit.QuotaViolation"}}}""",
            "policies.ratelimit.QuotaViolation", "m", true // Apigee
        },
        { """{"throttlingException":{"message":"m"}}""", "throttlingException", "m", true }, // Bedrock

        // In a choice, and in Groq's own field.
        { """{"choices":[{"index":0,"delta":{"content":""},"error":{"code":502,"message":"m"}}]}""", "502", "m", true },
        { """{"choices":[{"index":0,"delta":{"content":"","error":{"code":"c","message":"m"}}}]}""", "c", "m", false },
        { """{"choices":[{"index":0,"delta":{"error":"m"}}]}""", null, "m", false },
        { """{"choices":[{"index":0,"message":{"role":"assistant","error":{"message":"m"}}}]}""", null, "m", false },
        { """{"choices":[{"index":0,"delta":{}}],"x_groq":{"id":"r","error":"over capacity"}}""", null, "over capacity", true },
        { """{"choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"code":502,"message":"m"}}""", "502", "m", true },

        { """{"data":{"error":{"code":"c","message":"m"}}}""", "c", "m", false },

        // A status object.
        { """{"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit"}}""", "1002", "rate limit", true }, // MiniMax
        { """{"base_resp":{"status_code":1008,"status_msg":"m"}}""", "1008", "m", false },
        { """{"header":{"code":10013,"message":"m","status":2}}""", "10013", "m", false }, // Spark
        { """{"status":{"code":3,"message":"m"}}""", "3", "m", false }, // SenseNova

        // A code with a message.
        { """{"error_code":336100,"error_msg":"try again later"}""", "336100", "try again later", true }, // Baidu
        { """{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"m"}""", "REQUEST_LIMIT_EXCEEDED", "m", false }, // Databricks
        { """{"code":10013,"message":"m","sid":"s","choices":[]}""", "10013", "m", false }, // Spark
        { """{"code":10013,"message":"m","choices":[{"index":0,"delta":{"content":""}}]}""", "10013", "m", false },
        { """{"code":"Throttling","message":"m","request_id":"r"}""", "Throttling", "m", true }, // DashScope
        { """{"code":500,"message":"m","request_id":"r","location":"LLM Module"}""", "500", "m", true }, // SAP
        { """{"code":1261,"msg":"m","success":false}""", "1261", "m", false },
        { """{"statusCode":429,"message":"m"}""", "429", "m", true }, // Azure API Management

        // An object that is an error itself.
        { """{"type":"error","message":"m"}""", null, "m", false },
        { """{"type":"error","error":{"type":"overloaded_error","message":"m"}}""", "overloaded_error", "m", true }, // Anthropic
        { """{"object":"error","message":"m","type":"BadRequestError","code":400}""", "400", "m", false }, // vLLM
        { """{"message":"m","type":"server_error","param":null,"code":null}""", "server_error", "m", true },
        { """{"message":"m","type":"invalid_request_error"}""", "invalid_request_error", "m", false },
        { """{"__type":"ThrottlingException","message":"m"}""", "ThrottlingException", "m", true }, // AWS
        { """{"errorType":"ProviderBizError","message":"m"}""", "ProviderBizError", "m", false },
        { """{"success":false,"message":"m"}""", null, "m", false },
        { """{"status":"error","message":"m"}""", null, "m", false },
        { """{"detail":"m"}""", null, "m", false }, // FastAPI
        { """{"detail":[{"msg":"m"}]}""", null, """[{"msg":"m"}]""", false },
        { """{"type":"https://example.com/e","title":"m","status":429}""", "429", "m", true }, // RFC 9457
    };

    public static TheoryData<string> Nothing =>
    [
        "null", "false", "0", "\"\"", "\" \"", "\"null\"", "\"none\"", "{}", "[]", "[{}]",
        """{"message":"","code":null}""", """{"message":"","type":"","param":"","code":null}""", """{"code":0,"message":""}""",
        """{"code":0,"message":"success"}""", """{"code":"200","message":"OK"}""", """{"Msg":"","Code":0}""", """{"error":{"message":""}}""",
    ];

    public static TheoryData<string> Successes =>
    [
        "\"code\":0", "\"code\":\"0\"", "\"code\":0,\"message\":\"Success\"", "\"code\":200,\"message\":\"fine\"", "\"code\":\"success\",\"message\":\"done\"",
        "\"status_code\":0,\"status_msg\":\"\"", "\"error_code\":0,\"error_msg\":\"\"", "\"error_code\":\"0\",\"error_msg\":\"Success.\"",
        "\"base_resp\":{\"status_code\":0,\"status_msg\":\"anything\"}", "\"header\":{\"code\":0,\"message\":\"Success\",\"status\":1}",
        "\"success\":true,\"errors\":[],\"messages\":[]", "\"status\":{\"code\":0,\"message\":\"ok\"}", "\"status\":\"success\",\"message\":\"done\"",
    ];

    [Theory, MemberData(nameof(Errors))]
    public async Task An_error_is_found_wherever_it_comes(string error, string? code, string message, bool isTransient)
    {
        foreach ((string[] before, string[] after) in ((string[], string[])[])[([], []), ([Text], ["[DONE]"]), ([Text], []), ([Text, Finish], ["[DONE]"])])
        {
            Outcome outcome = await Outcome.ReadAsync(Body([.. before, error, .. after]), ChatDialect.OpenAI);
            Assert.Equal(("ProviderError", before.Length > 0 ? "Hel" : ""), (outcome.Ending, outcome.Result.Text));
            Assert.Equal((code, message, isTransient), (outcome.Exception!.ProviderCode, outcome.Exception.ProviderMessage, outcome.Exception.IsTransient));
        }
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","code":"c"}}""")]
    [InlineData("""{"error":"{\"message\":\"m\",\"code\":\"c\"}"}""")]
    [InlineData("""{"code":"c","message":"m"}""")]
    [InlineData("""{"type":"error","error":{"type":"c","message":"m"}}""")]
    [InlineData("""{"error_code":"c","error_msg":"m"}""")]
    [InlineData("""{"base_resp":{"status_code":"c","status_msg":"m"}}""")]
    [InlineData("""{"success":false,"errors":[{"code":"c","message":"m"}]}""")]
    public async Task It_is_found_in_every_dialect(string error)
    {
        foreach (DialectStream stream in DialectStream.All)
        {
            string data = stream.Dialect == ChatDialect.Ollama ? error : "data: " + error;
            Outcome outcome = await Outcome.ReadAsync(stream.Join([.. stream.Text, data]), stream.Dialect);
            Assert.Equal((stream.Dialect.Name, "ProviderError", "Hello"), (stream.Dialect.Name, outcome.Ending, outcome.Result.Text));
            Assert.Equal(("c", "m"), (outcome.Exception!.ProviderCode, outcome.Exception.ProviderMessage));
        }
    }

    [Fact]
    public async Task It_is_found_beside_a_part_of_the_answer_in_every_dialect()
    {
        foreach (DialectStream stream in DialectStream.All)
        {
            string data = DialectStream.With(stream.Text[1], "\"error\":{\"code\":\"c\",\"message\":\"m\"}");
            Outcome outcome = await Outcome.ReadAsync(stream.Join(stream.Text[0], data), stream.Dialect);
            Assert.Equal((stream.Dialect.Name, "ProviderError", "Hello", "m"), (stream.Dialect.Name, outcome.Ending, outcome.Result.Text, outcome.Exception!.ProviderMessage));
        }
    }

    [Theory]
    [InlineData("event: error\ndata: {}", "{}")]
    [InlineData("event: error\ndata: null", "The provider gave no details.")]
    [InlineData("event: error\ndata:", "The provider gave no details.")]
    [InlineData("event: error\ndata: ping", "ping")]
    [InlineData("event: ERROR\ndata: {\"message\":\"m\"}", "m")]
    public async Task An_event_of_the_type_error_is_one_whatever_its_data(string frame, string message)
    {
        Outcome outcome = await Outcome.ReadAsync($"data: {Text}\n\n{frame}\n\ndata: [DONE]\n\n", ChatDialect.OpenAI);
        Assert.Equal(("ProviderError", "Hel", message), (outcome.Ending, outcome.Result.Text, outcome.Exception!.ProviderMessage));
    }

    [Theory, MemberData(nameof(Nothing))]
    public async Task A_field_that_holds_nothing_is_no_error(string value)
    {
        foreach (DialectStream stream in DialectStream.All)
        {
            string[] events = [.. stream.Text.Append(stream.Finished()).Select(data => DialectStream.With(data, "\"error\":" + value))];
            Outcome outcome = await Outcome.ReadAsync(stream.Join(events), stream.Dialect);
            Assert.Equal((stream.Dialect.Name, "Complete", "Hello"), (stream.Dialect.Name, outcome.Ending, outcome.Result.Text));
        }

        string[] places =
        [
            """{"choices":[{"index":0,"error":VALUE,"delta":{"content":"a","error":VALUE}}],"x_groq":{"error":VALUE}}""",
            """{"error":VALUE,"choices":[]}""",
            Finish,
        ];
        string body = Body(places).Replace("VALUE", value, StringComparison.Ordinal);
        Assert.Equal("Complete", (await Outcome.ReadAsync(body, ChatDialect.OpenAI)).Ending);
    }

    [Theory, MemberData(nameof(Successes))]
    public async Task A_success_is_no_error(string fields)
    {
        string empty = "{" + fields + ",\"choices\":[]}";
        Outcome outcome = await Outcome.ReadAsync(Body(DialectStream.With(Text, fields), empty, DialectStream.With(Finish, fields), "[DONE]"), ChatDialect.OpenAI);
        Assert.Equal(("Complete", "Hel"), (outcome.Ending, outcome.Result.Text));
    }

    [Fact]
    public async Task A_code_that_was_0_in_many_events_is_still_noticed()
    {
        string chunk = """{"code":0,"message":"Success","choices":[{"index":0,"delta":{"content":"a"}}]}""";
        string error = """{"code":10014,"message":"m","choices":[{"index":0,"delta":{"content":""}}]}""";
        Outcome outcome = await Outcome.ReadAsync(Body([.. Enumerable.Repeat(chunk, 40), error, "[DONE]"]), ChatDialect.OpenAI);
        Assert.Equal(("ProviderError", new string('a', 40), "10014"), (outcome.Ending, outcome.Result.Text, outcome.Exception!.ProviderCode));
    }

    private static string Body(params string[] events) => string.Concat(events.Select(data => $"data: {data}\n\n"));
}
