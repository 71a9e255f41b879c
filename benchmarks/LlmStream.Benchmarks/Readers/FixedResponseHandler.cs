using System.Net;
using System.Net.Http.Headers;

namespace LlmStream.Benchmarks.Readers;

/// <summary>Answers each request with a given body, so that packages which send their own requests read from memory too.</summary>
internal sealed class FixedResponseHandler : HttpMessageHandler
{
    private static readonly MediaTypeHeaderValue EventStream = new("text/event-stream");

    public Stream Body { get; set; } = Stream.Null;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var content = new StreamContent(Body);
        content.Headers.ContentType = EventStream;
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
    }
}
