using System.Diagnostics;
using LlmStream.AspNetCore.Tests.Serving;
using LlmStream.AspNetCore.Tests.Wires;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;

namespace LlmStream.AspNetCore.Tests.Diagnostics;

/// <summary>The trace, the metrics and the log of relayed answers.</summary>
[Collection(AloneCollection.Name)]
public class RelayTelemetryTests
{
    private const string Question = """{"message":"PROMPT"}""";

    public static TheoryData<string, string> Endings => new()
    {
        { "complete", "llmstream.relay.outcome=completed" },
        { "truncated", "llmstream.relay.outcome=failed error.type=truncated" },
        { "refused", "llmstream.relay.outcome=failed error.type=unauthorized" },
        { "malformed", "llmstream.relay.outcome=failed error.type=invalid_response" },
        { "handler", "llmstream.relay.outcome=failed error.type=internal_error" },
        { "canceled", "llmstream.relay.outcome=canceled" },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Each_answer_is_traced_and_measured_once(string ending, string tags)
    {
        using var meters = new RelayMeters();
        using var log = new LogRecords();
        await using (RelayApp app = await RelayApp.StartAsync(
            ending switch
            {
                "truncated" => Script.Answer("ANSWER ANSWER ANSWER").InChunksOf(1).CutAtEvent(3),
                "malformed" => Script.Answer("ANSWER ANSWER ANSWER").InChunksOf(1).MalformEvent(3),
                "refused" => Script.Status(401, """{"error":{"message":"PROMPT","code":"invalid_api_key"}}"""),
                _ => Script.Answer("ANSWER ANSWER ANSWER"),
            },
            map => map.MapChatRelay("/api/chat", (ChatRelayRequest chat, LlmStreamClient client, CancellationToken stopped) => ending switch
            {
                "handler" => FakeAnswers.FailingAfter(new InvalidOperationException("a fault of the handler"), Encoded.Pieces("ANSWER")),
                "canceled" => FakeAnswers.FailingAfter(new OperationCanceledException("ANSWER"), Encoded.Pieces("ANSWER")),
                _ => client.StreamAsync(chat.Messages, chat.Options, stopped),
            }),
            options =>
            {
                options.Retry = LlmRetryOptions.Off;
                options.Resume = LlmResumeOptions.Off;
            },
            build: log.AddTo))
        {
            using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
            await response.Content.ReadAsStringAsync();
        }

        Assert.Equal("llmstream.relay.wire=json " + tags, Assert.Single(meters.Durations));
        Activity activity = Assert.Single(meters.Activities);
        Assert.Equal("relay", activity.OperationName);
        Assert.Equal(tags, string.Join(' ', activity.Tags.Skip(1).Select(tag => $"{tag.Key}={tag.Value}")));
        Assert.Equal(new("llmstream.relay.wire", "json"), activity.Tags.First());
        Assert.Equal(tags.Contains("failed", StringComparison.Ordinal) ? ActivityStatusCode.Error : ActivityStatusCode.Unset, activity.Status);
        Assert.Equal(0, meters.Active);

        string text = Assert.Single(log.OfRelay);
        Assert.Equal(ending == "handler", text.Contains("a fault of the handler", StringComparison.Ordinal));
        Assert.DoesNotContain("ANSWER", log.All, StringComparison.Ordinal);
        Assert.DoesNotContain("PROMPT", log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_is_logged_and_is_no_stream()
    {
        using var meters = new RelayMeters();
        using var log = new LogRecords();
        await using (RelayApp app = await RelayApp.StartAsync(_ => FakeAnswers.Complete("Hello."), build: log.AddTo))
        {
            using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"PROMPT":1}""");
        }

        Assert.Empty(meters.Durations);
        Assert.Contains("status 400", Assert.Single(log.OfRelay), StringComparison.Ordinal);
        Assert.DoesNotContain("PROMPT", log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_stream_stays_active_after_hundreds_of_aborted_requests()
    {
        using var meters = new RelayMeters();
        await using (RelayApp app = await RelayApp.StartAsync(stopped => FakeAnswers.Endless()))
        {
            for (int i = 0; i < 3; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, 100).Select(async n =>
                {
                    using RawConnection connection = await RawConnection.PostAsync(app.Address, receiveBuffer: 4096);
                    // Some leave before the answer, some in the middle.
                    if (n % 2 == 0) await connection.ReadUntilAsync("And so on");
                }));
            }

            // Waits for all requests.
            await app.App.StopAsync();
        }

        Assert.Equal(0, meters.Active);
        Assert.All(meters.Durations, tags => Assert.EndsWith("canceled", tags, StringComparison.Ordinal));
        Assert.InRange(meters.Durations.Count, 150, 300);
    }
}
