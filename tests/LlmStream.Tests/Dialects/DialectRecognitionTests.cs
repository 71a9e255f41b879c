using System.Text;

namespace LlmStream.Tests.Dialects;

public class DialectRecognitionTests
{
    [Theory]
    [InlineData("data: {\"id\":\"x\",\"choices\":[]}\n\n", "openai")]
    [InlineData("{\"choices\":[]}", "openai")]
    [InlineData("data: {\"error\":{\"message\":\"m\"}}\n\n", "openai")]
    [InlineData("data: {\"output\":{\"choices\":[]}}\n\n", "dashscope")] // a name further in does not count
    [InlineData("id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"c\",\"message\":\"m\",\"request_id\":\"r\"}\n\n", "dashscope")]
    [InlineData("data: {\"Note\":\"\",\"Choices\":[]}\n\n", "hunyuan")]
    [InlineData("{\"Response\":{\"Error\":{}}}", "hunyuan")]
    [InlineData("data: {\"error\":{}}\n\ndata: {\"Choices\":[]}\n\n", "hunyuan")]
    [InlineData("data: {broken\n\ndata: {\"Choices\":[]}\n\n", "hunyuan")]
    [InlineData("data: {\"content\":\"\\\"choices\\\": {\",\"Choices\":[", "hunyuan")] // nor does one in a text
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"cut o", "openai")]
    [InlineData("data: [DONE]\n\n", "openai")]
    [InlineData("{\"model\":\"m\",\"created_at\":\"2026-09-10T06:26:01Z\",\"response\":\"a\",\"done\":false}\n", "ollama")]
    [InlineData("{\"error\":\"busy\"}\n{\"model\":\"m\",\"message\":{},\"done\":true}\n", "ollama")]
    [InlineData("{\"output\":[],\"id\":\"r\",\"object\":\"response\"}", "responses")] // whichever comes first
    [InlineData("", null)]
    [InlineData("<html>", null)]
    [InlineData("{\"a\":1}", null)]
    public void A_dialect_is_recognised_by_its_fields(string head, string? dialect) =>
        Assert.Equal(dialect, ChatDialect.Recognize(Encoding.UTF8.GetBytes(head))?.Name);

    [Fact]
    public void Every_transcript_is_recognised() => Assert.All(
        Transcript.Names.Where(name => name is not ("openai/prose-event.sse" or "dashscope/error-body.json" or "dashscope/error-event-throttled.sse" or "ollama/error-body.json" or "cohere/error-body.json")),
        name => Assert.Equal(Transcript.Load(name).Dialect, ChatDialect.Recognize(Transcript.Load(name).Bytes)));

    [Fact]
    public void A_dialect_goes_by_its_name() => Assert.Equal("openai", ChatDialect.OpenAI.ToString());
}
