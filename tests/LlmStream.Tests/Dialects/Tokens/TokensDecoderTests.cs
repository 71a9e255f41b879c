using System.Text;

namespace LlmStream.Tests.Dialects;

public class TokensDecoderTests
{
    [Theory]
    [InlineData("""data: {"token":"a"}|data: {"token":"b"}|data: {"done":true}|""", "Complete ab stop no usage")]
    [InlineData("""data: {"content":"a"}|data: {"done":false}|data: {"done":true,"tokens":7}|""", "Complete a stop in= out=7 total= cached= reasoning=")]
    [InlineData("""data: {"content":"a"}|data: {"done":true,"finish_reason":"length","usage":{"prompt_tokens":1,"completion_tokens":2}}|""", "Complete a length in=1 out=2 total=3 cached= reasoning=")]
    [InlineData("""data: {"done":true,"content":"a"}|""", "Complete a stop no usage")]
    [InlineData("""data: {"content":"a"}|data: [DONE]|""", "Complete a  no usage")]
    [InlineData("""data: {"content":"a"}|data: {"done":true}|data: {"content":"b"}|""", "Complete a stop no usage")]
    [InlineData("""data: {"type":"ping"}|data: {"token":null}|data: {"done":true}|""", "Complete  stop no usage")]
    [InlineData("""data: {"content":"a"}|""", "Truncated a  no usage")]
    [InlineData("""data: {"content":"a","finish_reason":"stop"}|""", "Complete a stop no usage")]
    [InlineData("""data: {"content":"a"}|data: {"error":"boom"}|""", "ProviderError a  no usage")]
    [InlineData("""data: {"content":"a","error":null}|data: {"code":500,"message":"boom"}|""", "ProviderError a  no usage")]
    [InlineData("""data: {"content":"a","message":"m","code":1}|data: {"done":true}|""", "Complete a stop no usage")]
    [InlineData("""data: {"done":true,"error":"boom"}|""", "ProviderError   no usage")]
    [InlineData("""data: {"content":"a"}|data: nonsense|""", "MalformedEvent a  no usage")]
    [InlineData("""data: [DONE]|""", "Truncated   no usage")]
    public async Task It_reads_what_applications_make_up(string events, string expected)
    {
        byte[] body = Encoding.UTF8.GetBytes(events.Replace("|", "\n\n", StringComparison.Ordinal));
        Assert.Equal(expected, Describe(await Outcome.ReadAsync(body, ChatDialect.Tokens)));
        for (int i = 1; i < body.Length; i++) Assert.Equal(expected, Describe(await Outcome.ReadAsync(new ScriptedStream(body, [i, body.Length - i]), ChatDialect.Tokens)));
    }

    [Fact]
    public async Task Json_lines_are_read_as_well() =>
        Assert.Equal("Complete ab stop no usage", Describe(await Outcome.ReadAsync("{\"token\":\"a\"}\n{\"token\":\"b\"}\n{\"done\":true}\n", ChatDialect.Tokens)));

    private static string Describe(Outcome outcome) => $"{outcome.Ending} {outcome.Result.Text} {outcome.Result.FinishReason} {Show.Usage(outcome.Result.Usage)}";
}
