using System.Text;
using System.Text.Json;
using LlmStream.Relay.Format;
using LlmStream.Testing;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Format;

#pragma warning disable MEAI001 // all counts

public class DeltaFormatTests(ITestOutputHelper output)
{
    private static readonly ChatStreamInfo Info = new()
    {
        Provider = "p",
        Id = "chatcmpl-1", Model = "m", CreatedAt = new DateTimeOffset(2026, 11, 25, 1, 2, 3, TimeSpan.FromHours(8)), Attempt = 2, RequestId = "req",
    };

    public static TheoryData<string> DeltaNames => [.. Deltas.Keys];

    private static Dictionary<string, ChatDelta> Deltas { get; } = new()
    {
        ["nothing"] = new ChatDelta(),
        ["text"] = new ChatDelta { Text = "天空 🌤️ blue", TextOffset = 70_000, ReasoningOffset = 12, Stream = Info },
        ["empty reasoning that shortens"] = new ChatDelta { Reasoning = "", ReasoningOffset = 3 },
        ["reasoning"] = new ChatDelta { Reasoning = "hm", ReasoningOffset = 3 },
        ["empty refusal that shortens"] = new ChatDelta { Refusal = "", RefusalOffset = 5 },
        ["refusal"] = new ChatDelta { Refusal = "no", RefusalOffset = 5 },
        ["lone surrogate"] = new ChatDelta { Text = "a\ud83d", Reasoning = "\udf24b" },
        ["role, finish, choice"] = new ChatDelta { ChoiceIndex = 3, Role = ChatRole.Assistant, FinishReason = new ChatFinishReason("odd") },
        ["calls"] = new ChatDelta
        {
            ToolCalls =
            [
                new ToolCallDelta { Index = 1, Id = "call", Name = "f", Arguments = "{\"a\":", ArgumentsOffset = 0 },
                new ToolCallDelta { Index = 2, Arguments = "1}", ArgumentsOffset = 5, IsComplete = true },
            ],
        },
        ["usage"] = new ChatDelta
        {
            Usage = new UsageDetails
            {
                InputTokenCount = 1, OutputTokenCount = 2, TotalTokenCount = 3, CachedInputTokenCount = 4, ReasoningTokenCount = 5,
                InputAudioTokenCount = 6, InputTextTokenCount = 7, OutputAudioTokenCount = 8, OutputTextTokenCount = 0,
                AdditionalCounts = new() { ["x"] = 9, ["y"] = long.MaxValue },
            },
        },
        ["empty usage"] = new ChatDelta { Usage = new UsageDetails() },
        ["seam"] = new ChatDelta
        {
            Text = "on",
            Seam = new ChatSeam
            {
                Attempt = 2, TextOffset = 10, Reason = ChatStreamError.IdleTimeout, Kind = ChatSeamKind.Replayed,
                Provider = "p", Model = "m",
            },
        },
        ["raw"] = new ChatDelta { Raw = new ChatRawEvent { EventType = "message", Data = "{}"u8.ToArray() } },
        ["contents"] = new ChatDelta
        {
            OtherContents =
            [
                new TextReasoningContent("") { ProtectedData = "signature" },
                new TextContent("") { Annotations = [new CitationAnnotation { Title = "t", Url = new Uri("https://example.com/") }] },
                new DataContent(new byte[] { 1, 2, 3 }, "image/png"),
                new UriContent(new Uri("https://example.com/a.png"), "image/png"),
                new ErrorContent("refused") { ErrorCode = "Refusal" },
                new FunctionCallContent("id", "f", new Dictionary<string, object?> { ["a"] = 1 }),
                new FunctionResultContent("id", "result"),
                new AIContent { AdditionalProperties = new() { ["llmstream.openai"] = JsonDocument.Parse("""{"a":[1]}""").RootElement } },
            ],
        },
    };

    [Theory]
    [MemberData(nameof(DeltaNames))]
    public void Every_member_survives(string name)
    {
        ChatDelta delta = Deltas[name];
        byte[] record = DeltaFormat.Write(new FieldWriter(), delta, infoSequence: 0);
        Assert.Equal(Show.Of(delta), Show.Of(DeltaFormat.Read(record, info: null)));
    }

    [Fact]
    public async Task The_attempts_of_which_nothing_was_delivered_survive()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Status(503).Then(Script.Answer("The sky is blue.")));
        using var client = new LlmStreamClient(new LlmStreamOptions
        {
            Provider = server.Provider,
            Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero },
        });
        var encoder = new RecordEncoder();
        var read = new List<ChatDelta>();
        await foreach (ChatDelta delta in client.StreamAsync("Why?"))
        {
            byte[] record = encoder.Encode(delta, read.Count + 1).ToArray();
            read.Add(DeltaFormat.Read(record, read.Count > 0 ? read[0].Stream : null));
        }

        ChatStreamResult answer = await read.ToAsyncEnumerable().CollectAsync();
        Assert.Equal(
            [(1, "scripted", ChatStreamError.ServerError), (2, "scripted", null)],
            answer.Attempts.Select(attempt => (attempt.Number, attempt.Provider, attempt.Error)));
        Assert.All(read, delta => Assert.Equal("scripted", delta.Stream.Provider));
    }

    [Fact]
    public void A_record_refers_to_the_record_that_has_the_info()
    {
        var encoder = new RecordEncoder();
        byte[] first = encoder.Encode(new ChatDelta { Text = "a", Stream = Info }, 7).ToArray();
        byte[] second = encoder.Encode(new ChatDelta { Text = "b", TextOffset = 1, Stream = Info with { } }, 8).ToArray();
        byte[] third = encoder.Encode(new ChatDelta { Text = "c", TextOffset = 2, Stream = Info with { Attempt = 3 } }, 9).ToArray();
        Assert.Equal(0, DeltaFormat.ReadInfoSequence(first));
        Assert.Equal(7, DeltaFormat.ReadInfoSequence(second));
        Assert.Equal(0, DeltaFormat.ReadInfoSequence(third));
        Assert.Equal(Info, DeltaFormat.Read(second, Info).Stream);
        Assert.Equal(3, DeltaFormat.Read(third, info: null).Stream.Attempt);
        Assert.True(second.Length < 12, $"{second.Length} bytes for one character");
    }

    [Fact]
    public void An_unknown_version_is_a_clear_error()
    {
        byte[] record = DeltaFormat.Write(new FieldWriter(), Deltas["text"], infoSequence: 0);
        record[0] = 9;
        FormatException exception = Assert.Throws<FormatException>(() => DeltaFormat.Read(record, info: null));
        Assert.Contains("form 9", exception.Message);
        Assert.Contains("forms up to 1", exception.Message);
    }

    [Fact]
    public void A_field_that_is_unknown_is_skipped()
    {
        var writer = new FieldWriter();
        byte[] record = DeltaFormat.Write(writer, Deltas["calls"], infoSequence: 0);
        writer.Write(900, "something of a later version");
        writer.Write(901, 12345);
        byte[] later = [.. record, .. writer.ToArray()];
        Assert.Equal(Show.Of(Deltas["calls"]), Show.Of(DeltaFormat.Read(later, info: null)));
    }

    [Theory]
    [MemberData(nameof(DeltaNames))]
    public void A_damaged_record_is_a_format_error_or_another_delta_but_nothing_else(string name)
    {
        byte[] record = DeltaFormat.Write(new FieldWriter(), Deltas[name], infoSequence: 0);
        for (int length = 0; length < record.Length; length++) Read(record[..length]);
        for (int i = 0; i < record.Length; i++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7f, 0x80, 0xff })
            {
                byte[] damaged = [.. record];
                damaged[i] = value;
                Read(damaged);
            }
        }

        static void Read(byte[] bytes)
        {
            try
            {
                DeltaFormat.Read(bytes, info: null);
            }
            catch (FormatException)
            {
            }
        }
    }

    [Fact]
    public void A_content_of_the_application_keeps_what_is_plain()
    {
        var content = new ApplicationContent { AdditionalProperties = new() { ["a"] = "b", ["c"] = new object() } };
        byte[] record = DeltaFormat.Write(new FieldWriter(), new ChatDelta { OtherContents = [content] }, infoSequence: 0);
        AIContent read = Assert.Single(DeltaFormat.Read(record, info: null).OtherContents);
        Assert.Equal("b", read.AdditionalProperties!["a"]?.ToString());
        Assert.False(read.AdditionalProperties.ContainsKey("c"));
    }

    /// <summary>Why a binary form: the records of a typical stream, 20 characters each, against the same members as JSON.</summary>
    [Fact]
    public void A_record_is_smaller_than_JSON()
    {
        var encoder = new RecordEncoder();
        long binary = 0, json = 0;
        for (int i = 0; i < 100; i++)
        {
            var delta = new ChatDelta { Text = "twenty characters ok", TextOffset = i * 20, Stream = Info };
            binary += encoder.Encode(delta, i + 1).Length;
            json += Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(new { v = 1, text = delta.Text, offset = delta.TextOffset, info = 1 }));
        }

        output.WriteLine($"binary {binary} bytes, JSON {json} bytes");
        Assert.True(binary < json * 0.65, $"binary {binary} bytes, JSON {json} bytes");
    }

    private sealed class ApplicationContent : AIContent;
}
