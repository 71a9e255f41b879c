using System.Net;
using System.Text;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests;

public class HttpResponseMessageExtensionsTests
{
    [Fact]
    public async Task An_answer_is_read_and_its_response_disposed_of()
    {
        var content = new TrackedContent(StubServer.Stream("Hel", "lo"));
        Assert.Equal("Hello", (await new HttpResponseMessage { Content = content }.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync()).Text);
        Assert.True(content.IsDisposed);
    }

    [Fact]
    public async Task A_response_that_is_left_is_disposed_of()
    {
        var content = new TrackedContent(StubServer.Stream("Hel", "lo"));
        await foreach (ChatDelta _ in new HttpResponseMessage { Content = content }.ReadChatDeltasAsync(ChatDialect.OpenAI)) break;
        Assert.True(content.IsDisposed);
    }

    [Fact]
    public async Task A_response_that_is_not_a_success_is_an_error_and_disposed_of()
    {
        var content = new TrackedContent("""{"error":{"message":"No.","code":"c"}}""");
        var response = new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = content };

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => response.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync());
        Assert.Equal((ChatStreamError.InvalidRequest, "c", "No."), (failure.Error, failure.ProviderCode, failure.ProviderMessage));
        Assert.True(content.IsDisposed);
    }

    [Theory]
    [InlineData(25, false)]
    [InlineData(26, true)]
    public async Task The_body_of_an_error_is_read_up_to_the_limit(int limit, bool isWhole)
    {
        const string Body = """{"error":{"message":"No"}}""";
        var response = new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent(Body) };

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => response.ReadChatDeltasAsync(ChatDialect.OpenAI, new ChatReadOptions { MaxErrorBodyBytes = limit }).CollectAsync());
        Assert.Equal(isWhole, failure.ProviderMessage == "No");
    }

    [Fact]
    public void Arguments_are_validated_before_the_enumeration()
    {
        Assert.Throws<ArgumentNullException>("response", () => ((HttpResponseMessage)null!).ReadChatDeltasAsync(ChatDialect.OpenAI));
        Assert.Throws<ArgumentNullException>("dialect", () => new HttpResponseMessage().ReadChatDeltasAsync(null!));
    }

    private sealed class TrackedContent(string text) : ByteArrayContent(Encoding.UTF8.GetBytes(text))
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
