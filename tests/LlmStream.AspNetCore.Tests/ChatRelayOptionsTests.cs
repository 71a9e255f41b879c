namespace LlmStream.AspNetCore.Tests;

public class ChatRelayOptionsTests
{
    public static TheoryData<string, Action<ChatRelayOptions>> InvalidValues => new()
    {
        { nameof(ChatRelayOptions.HeartbeatInterval), options => options.HeartbeatInterval = TimeSpan.Zero },
        { nameof(ChatRelayOptions.HeartbeatInterval), options => options.HeartbeatInterval = TimeSpan.FromDays(2) },
        { nameof(ChatRelayOptions.HeadersAfter), options => options.HeadersAfter = TimeSpan.FromSeconds(-5) },
        { nameof(ChatRelayOptions.ShutdownTimeout), options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan },
        { nameof(ChatRelayOptions.MaxRequestBytes), options => options.MaxRequestBytes = 0 },
        { nameof(ChatRelayOptions.MaxRequestBytes), options => options.MaxRequestBytes = int.MaxValue + 1L },
        { nameof(ChatRelayOptions.MaxMessages), options => options.MaxMessages = 0 },
        { nameof(ChatRelayOptions.Models), options => options.Models = null! },
        { nameof(ChatRelayOptions.Models), options => options.Models = ["a", " "] },
    };

    [Theory]
    [MemberData(nameof(InvalidValues))]
    public void Invalid_values_are_refused(string name, Action<ChatRelayOptions> change)
    {
        var options = new ChatRelayOptions();
        change(options);
        ArgumentException exception = Assert.Throws<ArgumentException>(name, () => ChatResults.Stream(
            AsyncEnumerable.Empty<ChatDelta>(), ChatWire.Json, options));
        Assert.StartsWith($"ChatRelayOptions.{name} must ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Later_changes_have_no_effect()
    {
        var options = new ChatRelayOptions { HeartbeatInterval = Timeout.InfiniteTimeSpan, HeadersAfter = TimeSpan.Zero };
        ChatRelayOptions copy = options.Snapshot();
        options.MaxMessages = 1;
        options.Models.Add("b");
        Assert.Equal((1_000, 1), (copy.MaxMessages, copy.Models.Count));
        Assert.Equal((Timeout.InfiniteTimeSpan, TimeSpan.Zero), (copy.HeartbeatInterval, copy.HeadersAfter));
    }
}
