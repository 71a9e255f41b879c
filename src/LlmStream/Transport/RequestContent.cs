using System.Net;

namespace LlmStream.Transport;

/// <summary>
/// The body of a request. It is written for one server only: a handler that follows redirects by itself would send it to another one.
/// </summary>
internal sealed class RequestContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly HttpRequestMessage _message;
    private readonly Uri? _address;

    public RequestContent(ReadOnlyMemory<byte> body, HttpRequestMessage message)
    {
        _body = body;
        _message = message;
        _address = message.RequestUri;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    /// <summary>The address that the body was first written to, or null.</summary>
    public Uri? Target { get; private set; }

    /// <summary>How often the body has been written: more than once if a handler of the HTTP client sent the request again.</summary>
    public int WriteCount { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

#if NETSTANDARD
    private async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
#else
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
#endif
    {
        // A handler may choose the server before the request is sent, as service discovery does. A redirect follows it.
        if (_message.RequestUri is { } target)
        {
            // If the server is asked whether it wants the body, it may redirect before anything of the body is written.
            Uri? server = Target ?? (_message.Headers.ExpectContinue is true ? _address : null);
            if (server is not null && !RequestAddress.IsSameOrigin(target, server)) throw new ForeignRedirectException(target);
            Target = target;
        }

        WriteCount++;
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
