using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class HttpHandlersTests
{
    [Fact]
    public void A_handler_follows_no_redirects_and_drains_nothing()
    {
        using SocketsHttpHandler handler = HttpHandlers.Create(new FakeTimeProvider(), TimeSpan.FromSeconds(5));

        Assert.False(handler.AllowAutoRedirect);
        Assert.Equal(0, handler.MaxResponseDrainSize);
        Assert.Equal(TimeSpan.FromMinutes(15), handler.PooledConnectionLifetime);
        Assert.True(handler.EnableMultipleHttp2Connections);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.ConnectTimeout); // ConnectCallback measures with the clock of the options
        Assert.NotNull(handler.ConnectCallback);
    }

    [Theory]
    [InlineData(15, "15 seconds")]
    [InlineData(0.25, "0.25 seconds")]
    public void A_timeout_names_the_server_and_the_budget(double seconds, string expected) =>
        Assert.Equal($"No connection to llm.test:443 was made within {expected}", new ConnectTimeoutException("llm.test", 443, TimeSpan.FromSeconds(seconds)).Message);
}
