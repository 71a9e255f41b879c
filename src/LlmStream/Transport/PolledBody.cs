using System.Text.Json;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Transport;

/// <summary>
/// The body of a response that describes the state of an answer: once the answer has ended, all of it. Until then the request is sent
/// again. Each time a space is read, so that the wait is not taken for a silent connection.
/// </summary>
/// <remarks>
/// Invariant: <c>_body</c> is what remains to be read; after it the stream ends if <c>_hasEnded</c> is set, else the request is sent
/// again. A response with a transient error is repeated too, at most as often as a request is retried.
/// </remarks>
internal sealed class PolledBody : ReadOnlyStream
{
    private readonly Func<CancellationToken, Task<HttpResponseMessage>> _send;
    private readonly Func<JsonElement, bool> _isPending;
    private readonly LlmStreamOptions _options;
    private HttpResponseMessage? _response;
    private ReadOnlyMemory<byte> _body;
    private TimeSpan _wait; // before the next request
    private bool _hasEnded;
    private int _failures;

    /// <param name="response">The first response. It is disposed of when it has been read.</param>
    /// <param name="isPending">Whether a body says that the answer has not ended.</param>
    /// <param name="send">Sends the request again.</param>
    /// <param name="options">The options of the client.</param>
    public PolledBody(
        HttpResponseMessage response,
        Func<JsonElement, bool> isPending,
        Func<CancellationToken, Task<HttpResponseMessage>> send,
        LlmStreamOptions options)
    {
        _response = response;
        _isPending = isPending;
        _send = send;
        _options = options;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_body.IsEmpty && !_hasEnded) await PollAsync(cancellationToken).ConfigureAwait(false);
        int count = Math.Min(buffer.Length, _body.Length);
        _body[..count].CopyTo(buffer);
        _body = _body[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        _hasEnded = true;
        _response?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask PollAsync(CancellationToken cancellationToken)
    {
        if (_response is null)
        {
            await Task.Delay(_wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            try
            {
                _response = await _send(cancellationToken).ConfigureAwait(false);
                _failures = 0;
            }
            catch (ChatStreamException failure) when (MayRepeat(failure))
            {
                WaitFor(failure.RetryAfter);
                return;
            }
        }

        HttpResponseMessage response = _response;
        using (response)
        {
            Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            byte[] body = await ReadAllAsync(content, cancellationToken).ConfigureAwait(false);
            _response = null;
            if (!IsPending(body))
            {
                _body = body;
                _hasEnded = true;
                return;
            }

            WaitFor(RetryAfter.Read(response.Headers, _options.TimeProvider));
        }
    }

    /// <summary>Waits before the next request: as long as the server asks for, if the options allow it.</summary>
    private void WaitFor(TimeSpan? asked)
    {
        TimeSpan interval = _options.Resume.PollInterval;
        _wait = asked > interval && _options.Retry.Allows(asked) ? asked.Value : interval;
        _body = " "u8.ToArray();
    }

    private bool MayRepeat(ChatStreamException failure) =>
        failure.IsTransient && _options.Retry.Allows(failure.RetryAfter) && _failures++ < _options.Retry.MaxRetries;

    private bool IsPending(byte[] body)
    {
        if (!JsonSyntax.IsValid(body)) return false; // whatever it is, the decoder reports it
        using JsonDocument document = JsonFields.Parse(body);
        return document.RootElement.ValueKind == JsonValueKind.Object && _isPending(document.RootElement);
    }

    private async ValueTask<byte[]> ReadAllAsync(Stream content, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        // One byte more than the framing accepts, which then reports that it is too large.
        while (body.Length <= _options.Read.MaxEventBytes)
        {
            int count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0) break;
            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }
}
