using LlmStream.Cli.Web;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Cli.Tests.Web;

public class WebPeersTests
{
    private static readonly WebPeers Peers = new([new("http://127.0.0.1:8081"), new("https://chat.example")]);

    [Theory]
    [InlineData("http://127.0.0.1:8081", true)]
    [InlineData("http://localhost:8081", true)]
    [InlineData("http://[::1]:8081", true)]
    [InlineData("https://chat.example", true)]
    [InlineData("http://127.0.0.1:8082", false)]
    [InlineData("https://127.0.0.1:8081", false)]
    [InlineData("http://chat.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    public void Origins_of_peers(string origin, bool expected) => Assert.Equal(expected, Peers.Contains(origin));

    // The cookie of the owner belongs to the name of the host.
    [Theory]
    [InlineData("127.0.0.1:8080", "http://127.0.0.1:8081", "https://chat.example")]
    [InlineData("localhost:8080", "http://localhost:8081", "https://chat.example")]
    [InlineData("[::1]:8080", "http://[::1]:8081", "https://chat.example")]
    [InlineData("127.0.0.1:8081", "https://chat.example")] // itself
    [InlineData("chat.example", "http://127.0.0.1:8081", "https://chat.example")]
    public void The_page_reaches_nodes_of_this_machine_by_the_name_of_its_own_host(string host, params string[] origins)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = ("http", new HostString(host));

        Assert.Equal(origins, Peers.GetOrigins(request));
    }
}
