using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class RequestAddressTests
{
    [Theory]
    [InlineData("https://llm.test/v1/", "chat/completions", "https://llm.test/v1/chat/completions")]
    [InlineData("https://llm.test/v1", "chat", "https://llm.test/v1/chat")]
    [InlineData("https://llm.test:8443/a%20b/", "models/m:go?alt=sse", "https://llm.test:8443/a%20b/models/m:go?alt=sse")]
    [InlineData("https://llm.test/v1/?api-version=7", "chat", "https://llm.test/v1/chat?api-version=7")]
    [InlineData("https://llm.test/v1/?api-version=7&x=1", "chat?a=b&x=2", "https://llm.test/v1/chat?api-version=7&a=b&x=2")]
    [InlineData("https://llm.test/v1/?", "chat?", "https://llm.test/v1/chat?")]
    [InlineData("https://user:secret@llm.test/v1/#part", "chat", "https://llm.test/v1/chat")]
    [InlineData("http://[::1]:8000/", "gemini:go", "http://[::1]:8000/gemini:go")]
    [InlineData("https://llm.test/", "a%2Fb/chat", "https://llm.test/a%2Fb/chat")]
    [InlineData("https://llm.test/", "a..b/...", "https://llm.test/a..b/...")]
    [InlineData("https://llm.test/v1/", "", "https://llm.test/v1/")]
    [InlineData("https://llm.test/v1/", "?a=b", "https://llm.test/v1/?a=b")]
    public void A_path_is_appended_to_the_base_address(string baseAddress, string path, string expected) =>
        Assert.Equal(expected, RequestAddress.Create(new Uri(baseAddress), path).AbsoluteUri);

    [Fact]
    public void Every_path_of_a_base_address_is_checked()
    {
        var baseAddress = new Uri("https://llm.test/v1/");
        Uri first = RequestAddress.Create(baseAddress, "chat");
        Assert.Same(first, RequestAddress.Create(baseAddress, "chat"));
        Assert.Throws<ArgumentException>(() => RequestAddress.Create(baseAddress, "../chat"));
        Assert.Equal("https://llm.test/v1/CHAT", RequestAddress.Create(baseAddress, "CHAT").AbsoluteUri);
        Assert.Equal(first, RequestAddress.Create(baseAddress, "chat"));
    }

    [Theory]
    [InlineData("/chat")]
    [InlineData("//other.test/chat")]
    [InlineData("\\\\other.test\\chat")]
    [InlineData("/\\other.test/chat")]
    [InlineData("https://other.test/chat")]
    [InlineData("file:/etc")]
    [InlineData("../chat")]
    [InlineData("chat/../../admin")]
    [InlineData("chat/.")]
    [InlineData("chat/%2e%2E/x")]
    [InlineData("chat/%252e%252e/x")]
    [InlineData("a%2F..%2F..%2Fadmin")]
    [InlineData("a%5C..%5Cadmin")]
    [InlineData("chat#x")]
    [InlineData("chat?x=1#y")]
    [InlineData("chat\r\nHost: other.test")]
    public void A_path_that_leads_elsewhere_is_refused(string path) =>
        Assert.Throws<ArgumentException>("path", () => RequestAddress.Create(new Uri("https://llm.test/v1/"), path));

    [Fact]
    public void The_displayed_address_has_neither_user_information_nor_query() =>
        Assert.Equal("https://llm.test/v1/chat", RequestAddress.Display(new Uri("https://user:secret@llm.test/v1/chat?key=secret#secret")));
}
