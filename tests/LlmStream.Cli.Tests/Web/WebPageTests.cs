using System.Text.RegularExpressions;
using LlmStream.Cli.Web;

namespace LlmStream.Cli.Tests.Web;

public class WebPageTests
{
    private static string[] Files =>
        [.. typeof(WebCommand).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("Page/", StringComparison.Ordinal))];

    [Fact]
    public async Task Every_file_is_served_with_a_strict_policy()
    {
        await using WebServer server = await WebServer.StartAsync();
        Assert.NotEmpty(Files);
        foreach (string name in Files)
        {
            string path = name.Replace("Page/", "/", StringComparison.Ordinal).Replace("/index.html", "/", StringComparison.Ordinal);
            using HttpResponseMessage response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
            response.EnsureSuccessStatusCode();
            string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; ", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public void Files_refer_only_to_files_of_the_page()
    {
        foreach (string file in Files)
        {
            string text = Read(file);
            MatchCollection references = Regex.Matches(text, """(?:from '\./|(?:href|src)=")([\w.]+\.\w+)""");
            Assert.All(references, reference => Assert.Contains("Page/" + reference.Groups[1].Value, Files));
        }
    }

    // The content of an answer must not become HTML or a script. Inline scripts and styles would be blocked by the policy.
    [Theory]
    [InlineData(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc")]
    [InlineData(@"\beval\b|new Function|setTimeout\(['""]")]
    [InlineData(@"<script(?! type=""module"" src="")|<style|\sstyle=|\son\w+=""")]
    public void Files_contain_nothing_that_parses_HTML_or_runs_text(string forbidden) =>
        Assert.All(Files, file => Assert.DoesNotMatch(forbidden, Read(file)));

    [Theory]
    [InlineData("Host", "evil.example", 403)]
    [InlineData("Host", "127.0.0.1.evil.example", 403)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Host", "localhost", 200)]
    [InlineData("Host", "[::1]:80", 200)]
    [InlineData("Origin", "http://localhost:3000", 200)]
    public async Task Only_requests_from_this_machine_are_served(string header, string value, int status)
    {
        await using WebServer server = await WebServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        request.Headers.Add(header, value);
        using HttpResponseMessage response = await server.Client.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9", "true")]
    [InlineData("http://localhost:9", "true")]
    [InlineData("https://chat.example", "true")]
    [InlineData("http://127.0.0.1:10", null)]
    public async Task Pages_of_peers_alone_may_send_the_cookie(string origin, string? allowed)
    {
        await using WebServer server = await WebServer.StartAsync("--peer", "http://127.0.0.1:9", "--peer", "https://chat.example");
        foreach ((HttpMethod method, int status) in new[] { (HttpMethod.Get, 200), (HttpMethod.Options, 204) })
        {
            using var request = new HttpRequestMessage(method, "v1/models");
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", "GET");
            using HttpResponseMessage response = await server.Client.SendAsync(request);

            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(origin, Find(response, "Access-Control-Allow-Origin"));
            Assert.Equal(allowed, Find(response, "Access-Control-Allow-Credentials"));
        }
    }

    [Fact]
    public async Task Peers_are_named_in_the_page_and_its_policy()
    {
        await using WebServer server = await WebServer.StartAsync("--peer", "http://localhost:9", "--peer", "https://chat.example");
        using HttpResponseMessage response = await server.Client.GetAsync(new Uri("", UriKind.Relative));

        Assert.Contains(" connect-src 'self' http://127.0.0.1:9 https://chat.example; ", Find(response, "Content-Security-Policy"));
        Assert.Contains(
            "<meta name=\"peers\" content=\"http://127.0.0.1:9/ https://chat.example/\">", await response.Content.ReadAsStringAsync());
    }

    private static string? Find(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out IEnumerable<string>? values) ? Assert.Single(values) : null;

    private static string Read(string file)
    {
        using var reader = new StreamReader(typeof(WebCommand).Assembly.GetManifestResourceStream(file)!);
        return reader.ReadToEnd();
    }
}
