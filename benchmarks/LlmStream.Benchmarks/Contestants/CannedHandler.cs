using System.Net;
using System.Net.Http.Headers;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>Answers every request at once with a body that is already there: the packages that make their own requests read from memory too.</summary>
internal sealed class CannedHandler : HttpMessageHandler
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
