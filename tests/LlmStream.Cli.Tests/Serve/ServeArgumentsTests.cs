using System.Net.Http.Json;
using LlmStream.Cli.Serve;
using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Serve;

public class ServeArgumentsTests
{
    [Theory]
    [InlineData("https://App.example", "https://app.example")]
    [InlineData("http://app.example:8080/", "http://app.example:8080")]
    [InlineData("https://app.example/x", null)]
    [InlineData("https://u@app.example", null)]
    [InlineData("app.example", null)]
    [InlineData("*", null)]
    public void An_origin_is_a_scheme_and_a_host(string origin, string? expected)
    {
        if (expected is null) Assert.Throws<UsageException>(Parse);
        else Assert.Equal([expected], Parse().AllowedOrigins);

        ServeArguments Parse() => ServeArguments.Parse(null, null, null, null, null, [], null, [origin]);
    }

    [Fact]
    public void Defaults_are_any_port_and_any_dialect()
    {
        ServeArguments arguments = Parse();

        Assert.Equal((0, null), (arguments.Port, arguments.Dialect));
    }

    [Fact]
    public void Port_and_dialect_are_parsed()
    {
        ServeArguments arguments = Parse(port: "65535", dialect: "gemini");

        Assert.Equal((65535, ChatDialect.Gemini), (arguments.Port, arguments.Dialect));
    }

    [Theory]
    [InlineData("100", "eof@100")]
    [InlineData("100 50 400 400", "eof@100", "eof@50/2", "eof@400*")]
    [InlineData("400 400 100 400", "eof@100/3", "eof@400*")]
    public async Task Faults_apply_to_the_requests_they_name(string lengths, params string[] faults)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Parse(faults: faults).Script);
        using var http = new HttpClient();
        var received = new List<int>();
        foreach (string length in lengths.Split(' '))
        {
            var request = new { stream = true, messages = new[] { new { role = "user", content = "Why?" } } };
            using HttpResponseMessage response = await http.PostAsJsonAsync(server.BaseAddress + "/chat/completions", request);
            received.Add((await response.Content.ReadAsByteArrayAsync()).Length);
        }

        Assert.Equal(lengths, string.Join(' ', received));
    }

    [Fact]
    public void Contradictory_arguments_are_refused()
    {
        Assert.Throws<UsageException>(() => Parse(text: "a", script: "b"));
        Assert.Throws<UsageException>(() => Parse(script: "a", rate: "1"));
        Assert.Throws<UsageException>(() => Parse(script: "a", faults: ["eof@1"]));
    }

    [Fact]
    public void Error_of_a_fault_names_the_option()
    {
        var exception = Assert.Throws<UsageException>(() => Parse(faults: ["reset@x"]));

        Assert.StartsWith("--fault: The position 'x' of the fault 'reset@x'", exception.Message, StringComparison.Ordinal);
    }

    private static ServeArguments Parse(
        string? port = null,
        string? dialect = null,
        string? script = null,
        string? text = null,
        string? textFile = null,
        string[]? faults = null,
        string? rate = null) => ServeArguments.Parse(port, dialect, script, text, textFile, faults ?? [], rate);
}
