using System.Net;

namespace LlmStream.Transport;

/// <summary>
/// The body of a request. It is written only for the server that the request was made for: a handler that follows redirects by itself
/// would send it to another server.
/// </summary>
internal sealed class RequestContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly HttpRequestMessage _message;
    private readonly Uri _address;

    public RequestContent(ReadOnlyMemory<byte> body, HttpRequestMessage message, Uri address)
    {
        _body = body;
        _message = message;
        _address = address;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_message.RequestUri is { } target && !RequestAddress.IsSameOrigin(target, _address)) throw new ForeignRedirectException(target);
        await stream.WriteAsync(_body, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

/// <summary>A handler was about to send the body to another server. Never leaves the library: it is translated.</summary>
internal sealed class ForeignRedirectException(Uri target) : HttpRequestException("The request was redirected to another server.")
{
    public Uri Target { get; } = target;
}
