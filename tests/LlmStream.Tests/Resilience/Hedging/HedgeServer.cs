using System.Net;
using System.Threading.Channels;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience.Hedging;

/// <summary>A handler whose requests a test answers one by one, in any order.</summary>
internal sealed class HedgeServer : HttpMessageHandler
{
    private readonly Channel<HedgeRequest> _requests = Channel.CreateUnbounded<HedgeRequest>();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public Task<HedgeRequest> NextAsync() =>
        _requests.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _count);
        var received = new HedgeRequest(request, cancellationToken);
        _requests.Writer.TryWrite(received);
        return received.Response;
    }
}

/// <summary>A request that waits for its response.</summary>
internal sealed class HedgeRequest
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpRequestMessage _request;
    private LiveStream? _body;

    public HedgeRequest(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _request = request;
        Host = request.RequestUri!.Host.Split('.')[0];
        cancellationToken.Register(() =>
        {
            _response.TrySetCanceled(cancellationToken);
            _cancelled.TrySetResult();
        });
    }

    public string Host { get; }

    public Task<HttpResponseMessage> Response => _response.Task;

    /// <summary>Completes when the client has cancelled the request, or disposed of its response.</summary>
    public Task Closed => _body is null ? _cancelled.Task : _body.Disposed;

    public LiveStream Respond()
    {
        _body = new LiveStream();
        _response.TrySetResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = _request, Content = new StreamContent(_body) });
        return _body;
    }

    public void Fail(HttpStatusCode status) =>
        _response.TrySetResult(new HttpResponseMessage(status) { RequestMessage = _request, Content = new StringContent("") });
}
