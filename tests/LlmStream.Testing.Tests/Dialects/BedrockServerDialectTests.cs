using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class BedrockServerDialectTests
{
    private const string Stream = "/model/amazon.nova-lite-v1:0/converse-stream";
    private const string Question = """{"messages":[{"role":"user","content":[{"text":"Why?"}]}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.").WithReasoning("Hm.").WithToolCall("f", """{"a":1}""");

    [Fact]
    public async Task Answer_is_a_stream_of_binary_messages()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, Question, Stream);
        (string Type, JsonNode Payload)[] messages = [.. Read(response.Body)];

        Assert.Equal("application/vnd.amazon.eventstream", response.Headers["Content-Type"]);
        Assert.Equal(("messageStart", "messageStop", "metadata"), (messages[0].Type, messages[^2].Type, messages[^1].Type));
        Assert.Equal("Hi 你好.", string.Concat(messages.Select(message => (string?)message.Payload["delta"]?["text"])));
        Assert.Equal("Hm.", string.Concat(messages.Select(message => (string?)message.Payload["delta"]?["reasoningContent"]?["text"])));
        Assert.Equal("""{"a":1}""", string.Concat(messages.Select(message => (string?)message.Payload["delta"]?["toolUse"]?["input"])));
        Assert.Equal("tool_use", (string?)messages[^2].Payload["stopReason"]);
        Assert.Equal([0, 1, 2], messages.Where(message => message.Type == "contentBlockStop").Select(message => (int)message.Payload["contentBlockIndex"]!));
    }

    [Fact]
    public async Task Answer_can_be_whole()
    {
        JsonNode answer = JsonNode.Parse((await RawHttp.RequestAsync(Answer, Question, "/model/m/converse")).Text)!;
        Assert.Equal(["reasoningContent", "text", "toolUse"], answer["output"]!["message"]!["content"]!.AsArray().Select(block => block!.AsObject().First().Key));
        Assert.Equal("tool_use", (string?)answer["stopReason"]);
    }

    [Fact]
    public async Task Faults_keep_the_messages_valid()
    {
        (string Type, JsonNode Payload)[] complete = [.. Read((await RawHttp.RequestAsync(Answer, Question, Stream)).Body)];
        RawResponse response = await RawHttp.RequestAsync(Answer.PadEvent(1, 3000).WithComment(2, "hi").FailAtEvent(3, ErrorFrame.Data("No", "server_error")), Question, Stream);
        (string Type, JsonNode Payload)[] messages = [.. Read(response.Body)];

        Assert.Equal([complete[0].Type, complete[1].Type, "ping", complete[2].Type, "internalServerException"], messages.Select(message => message.Type));
        Assert.Equal("No", (string?)messages[^1].Payload["message"]);
        Assert.NotNull(messages[1].Payload["padding"]);
    }

    [Fact]
    public async Task Request_without_messages_is_refused()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, "{}", Stream);
        Assert.Equal((400, true), (response.Status, response.Text.Contains("'messages'", StringComparison.Ordinal)));
    }

    private static IEnumerable<(string Type, JsonNode Payload)> Read(byte[] body)
    {
        for (int start = 0; start < body.Length;)
        {
            int total = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(start)), headers = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(start + 4));
            Assert.Equal(Crc(body.AsSpan(start, total - 4)), BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(start + total - 4)));
            int length = BinaryPrimitives.ReadInt16BigEndian(body.AsSpan(start + 12 + 1 + body[start + 12] + 1));
            string first = Encoding.UTF8.GetString(body, start + 12 + 1 + body[start + 12] + 3, length);
            string all = Encoding.UTF8.GetString(body, start + 12, headers);
            string type = first == "exception" ? "internalServerException" : first;
            Assert.Contains(type, all, StringComparison.Ordinal);
            yield return (type, JsonNode.Parse(body.AsSpan(start + 12 + headers, total - headers - 16))!);
            start += total;
        }
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        }

        return ~crc;
    }
}
