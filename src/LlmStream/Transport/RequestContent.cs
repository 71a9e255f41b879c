using System.Net;

namespace LlmStream.Transport;

/// <summary>
/// The body of a request. It is written for one server only: a handler that follows redirects by itself would send it to another one.
/// </summary>
internal sealed class RequestContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly HttpRequestMessage _message;
    private Uri? _target;

    public RequestContent(ReadOnlyMemory<byte> body, HttpRequestMessage message)
    {
        _body = body;
        _message = message;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    /// <summary>How often the body has been written: more than once if a handler of the HTTP client sent the request again.</summary>
    public int WriteCount { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // A handler may choose the server before the request is sent, as service discovery does. A redirect follows it.
        if (_message.RequestUri is { } target)
        {
            if (_target is not null && !RequestAddress.IsSameOrigin(target, _target)) throw new ForeignRedirectException(target);
            _target = target;
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
