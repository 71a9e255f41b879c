using System.Net;
using System.Net.Http.Headers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>Answers each request with a given body, so that packages which send their own requests read from memory too.</summary>
internal sealed class FixedResponseHandler : HttpMessageHandler
{
    private Stream _body = Stream.Null;
    private string _mediaType = "";

    /// <summary>Sets the response to the next request.</summary>
    public void Respond(SampleStream stream, Stream body)
    {
        _mediaType = stream.MediaType;
        _body = body;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var content = new StreamContent(_body);
        content.Headers.ContentType = new MediaTypeHeaderValue(_mediaType);
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
    }
}
