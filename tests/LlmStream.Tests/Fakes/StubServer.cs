using System.Diagnostics;
using System.Net;
using System.Text;
using System.Threading.Channels;
using LlmStream.Transport;

namespace LlmStream.Tests.Fakes;

/// <summary>A handler that answers each request with the next of its answers, and records the requests.</summary>
internal sealed class StubServer : HttpMessageHandler
{
    private readonly Queue<Func<HttpRequestMessage, HttpResponseMessage>> _answers = new();

    public List<HttpRequestMessage> Requests { get; } = [];

    public List<string> Bodies { get; } = [];

    public List<string?> ContentTypes { get; } = [];

    /// <summary>The current activities when the requests were sent.</summary>
    public List<Activity?> Activities { get; } = [];

    /// <summary>A chunk of the OpenAI dialect with this text.</summary>
    public static string Chunk(string text) => $$$"""data: {"id":"c-1","model":"m-1","choices":[{"index":0,"delta":{"content":"{{{text}}}"},"finish_reason":null}]}""" + "\n\n";

    public const string Finish = """data: {"id":"c-1","model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";

    public static string Stream(params string[] texts) => string.Concat(texts.Select(Chunk)) + Finish;

    public StubServer Answers(HttpStatusCode status, string body = "", string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        _answers.Enqueue(_ =>
        {
            var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, contentType) };
            foreach ((string name, string value) in headers) response.Headers.TryAddWithoutValidation(name, value);
            return response;
        });
        return this;
    }

    public StubServer Streams(string body, params (string Name, string Value)[] headers) => Answers(HttpStatusCode.OK, body, "text/event-stream", headers);

    public StubServer Streams(Stream body, string? contentType = null)
    {
        var content = new StreamContent(body);
        if (contentType is not null) content.Headers.ContentType = new(contentType);
        _answers.Enqueue(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        return this;
    }

    public StubServer Throws(Exception exception)
    {
        _answers.Enqueue(_ => throw exception);
        return this;
    }

    /// <summary>Does not answer until the request is cancelled.</summary>
    public StubServer Hangs()
    {
        _answers.Enqueue(_ => null!);
        return this;
    }

    public LlmStreamClient Client(Action<LlmStreamOptions>? configure = null)
    {
        var options = new LlmStreamOptions
        {
            Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1")) with { DefaultModel = "m-1" },
            ApiKey = "sk-secret-0123456789",
            TimeProvider = new FakeTimeProvider { SkipDelays = true },
        };
        configure?.Invoke(options);
        return new LlmStreamClient(new HttpClient(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }, options);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Activities.Add(Activity.Current);
        Bodies.Add(request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : "");
        ContentTypes.Add(request.Content?.Headers.ContentType?.ToString());
        HttpResponseMessage? response = _answers.Dequeue()(request);
        if (response is null)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            throw new InvalidOperationException("unreachable");
        }

        response.RequestMessage = request;
        return response;
    }
}

/// <summary>A body that a test writes while it is read.</summary>
internal sealed class LiveStream : Stream
{
    private readonly Channel<byte[]> _chunks = Channel.CreateUnbounded<byte[]>();
    private ReadOnlyMemory<byte> _rest;
    private TaskCompletionSource _nextRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the stream is disposed of.</summary>
    public Task Disposed => _disposed.Task;

    public int Reads { get; private set; }

    public void Write(string text) => _chunks.Writer.TryWrite(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes, then waits until that has been read and the next read waits.</summary>
    public async Task WriteAndBeReadAsync(string text)
    {
        Task nextRead = _nextRead.Task;
        Write(text);
        await nextRead;
    }

    public void End(Exception? error = null) => _chunks.Writer.TryComplete(error);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Reads++;
        if (_rest.IsEmpty)
        {
            try
            {
                ValueTask<bool> wait = _chunks.Reader.WaitToReadAsync(cancellationToken);
                if (!wait.IsCompleted) Interlocked.Exchange(ref _nextRead, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                if (!await wait) return 0;
            }
            catch (ChannelClosedException exception) when (exception.InnerException is { } inner)
            {
                throw inner;
            }

            _chunks.Reader.TryRead(out byte[]? chunk);
            _rest = chunk;
        }

        int count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _disposed.TrySetResult();
        base.Dispose(disposing);
    }
}
