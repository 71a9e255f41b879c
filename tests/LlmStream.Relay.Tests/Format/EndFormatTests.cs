using System.Net;
using LlmStream.Relay.Format;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Format;

public class EndFormatTests
{
    private static readonly ChatStreamResult Answer = new()
    {
        Usage = new UsageDetails { InputTokenCount = 3, OutputTokenCount = 4 },
        Attempts =
        [
            new ChatAttempt { Number = 1, Provider = "p", Model = "m", Error = ChatStreamError.Connection, OutputTokens = ChatTokenCount.Estimated(5) },
            new ChatAttempt { Number = 2, IsHedge = true, IsCanceled = true, Usage = new UsageDetails { OutputTokenCount = 1 }, InputTokens = ChatTokenCount.Estimated(0), OutputTokens = default, IsReplay = true },
            new ChatAttempt { Number = 3, Usage = new UsageDetails { InputTokenCount = 3, OutputTokenCount = 4 }, IsUsageFinal = true },
        ],
    };

    [Fact]
    public void Everything_of_an_error_survives_except_its_cause()
    {
        var error = new ChatStreamException(ChatStreamError.RateLimited, "Too many requests.", new IOException("secret host"))
        {
            IsTransient = true,
            StatusCode = HttpStatusCode.TooManyRequests,
            ProviderCode = "rate",
            ProviderMessage = "请稍候",
            RequestId = "req_1",
            RetryAfter = TimeSpan.FromSeconds(2.5),
            AttemptCount = 3,
            ResumeRefusal = ChatResumeRefusal.WaitTooLong,
            FallbackRefusal = ChatFallbackRefusal.RawRequest,
        };
        byte[] data = EndFormat.Write(Answer, error, failure: null);
        EndDetails read = EndFormat.Read(data);
        Assert.Equal(Show.Of(Answer.Attempts), Show.Of(read.Attempts));
        Assert.Equal(Show.Of(Answer.Usage), Show.Of(read.Usage));
        Assert.Null(read.Error!.InnerException);
        Assert.Equal(error.Message, read.Error.Message);
        Assert.Equal(
            (error.Error, error.IsTransient, error.StatusCode, error.ProviderCode, error.ProviderMessage),
            (read.Error.Error, read.Error.IsTransient, read.Error.StatusCode, read.Error.ProviderCode, read.Error.ProviderMessage));
        Assert.Equal(
            (error.RequestId, error.RetryAfter, error.AttemptCount, error.ResumeRefusal, error.FallbackRefusal),
            (read.Error.RequestId, read.Error.RetryAfter, read.Error.AttemptCount, read.Error.ResumeRefusal, read.Error.FallbackRefusal));
        Assert.DoesNotContain("secret host", System.Text.Encoding.UTF8.GetString(data));
    }

    [Fact]
    public void The_failure_of_the_relay_survives()
    {
        ChatStreamException error = RelayError.Create(ChatStreamRelayError.TooLarge);
        EndDetails read = EndFormat.Read(EndFormat.Write(ChatStreamResult.Empty, error, ChatStreamRelayError.TooLarge));
        Assert.Equal(ChatStreamRelayError.TooLarge, Assert.IsType<ChatStreamRelayException>(read.Error!.InnerException).Error);
    }

    [Fact]
    public void An_end_of_the_store_has_no_details()
    {
        EndDetails read = EndFormat.Read(default);
        Assert.Null(read.Error);
        Assert.Empty(read.Attempts);
    }
}
