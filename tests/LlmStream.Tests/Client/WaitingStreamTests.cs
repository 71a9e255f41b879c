using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LlmStream.Tests.Reading;

namespace LlmStream.Tests.Client;

[Collection(nameof(MeasuresMemory))]
public class WaitingStreamTests
{
    private const int Streams = 1_000;

    // About 20 % above what is measured, about 1.5 KB of which are HttpClient's objects and this test's. In a debug build state machines are
    // classes and keep all variables.
#if DEBUG
    private const int MaxBytes = 30_000;
#else
    private const int MaxBytes = 7_800;
#endif

    [Fact]
    public async Task A_stream_that_waits_holds_little_memory()
    {
        var release = new TaskCompletionSource();
        using var http = new HttpClient(new WaitingHandler(release.Task));
        LlmProvider provider = LlmProvider.CreateOpenAICompatible(new Uri("http://127.0.0.1/v1")) with { DefaultModel = "m" };
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = provider });

        // These fill the pools and learn the templates.
        List<IAsyncEnumerator<ChatDelta>> answers = [];
        List<Task<bool>> waits = [];
        for (int i = 0; i < 100; i++) waits.Add(await WaitAsync(client, answers));

        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Streams; i++) waits.Add(await WaitAsync(client, answers));
        long bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / Streams;
        Assert.InRange(bytes, 2_000, MaxBytes);

        release.SetResult();
        for (int i = 0; i < answers.Count; i++)
        {
            Assert.True(await waits[i]); // the finish reason
            Assert.False(await answers[i].MoveNextAsync());
            await answers[i].DisposeAsync();
        }
    }

    /// <summary>Reads an answer up to where it waits.</summary>
    private static async Task<Task<bool>> WaitAsync(LlmStreamClient client, List<IAsyncEnumerator<ChatDelta>> answers)
    {
        IAsyncEnumerator<ChatDelta> answer = client.StreamAsync("Why is the sky blue?").GetAsyncEnumerator();
        answers.Add(answer);
        while (true)
        {
            ValueTask<bool> next = answer.MoveNextAsync();
            if (!next.IsCompleted) return next.AsTask();
            Assert.True(await next);
        }
    }

    private sealed class WaitingHandler(Task release) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new StreamContent(new WaitingStream(release));
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }

    /// <summary>Returns the first events one at a time, and the end of the answer when it is released.</summary>
    private sealed class WaitingStream(Task release) : MemoryStream
    {
        private static readonly byte[][] Events = [.. Enumerable.Range(0, 6).Select(i => Encoding.UTF8.GetBytes(CreateEvent(i)))];
        private static readonly byte[] End = """
            data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: [DONE]


            """u8.ToArray();

        private int _next;
        private ReadOnlyMemory<byte> _rest; // of the current event

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty && _next == Events.Length) return ReadEndAsync(buffer);
            if (_rest.IsEmpty && _next < Events.Length) _rest = Events[_next++];
            return new(Copy(buffer));
        }

        private async ValueTask<int> ReadEndAsync(Memory<byte> buffer)
        {
            _next++;
            await release;
            _rest = End;
            return Copy(buffer);
        }

        private int Copy(Memory<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        private static string CreateEvent(int number) =>
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m\",\"choices\":[{\"index\":0,"
            + (number == 0 ? "\"delta\":{\"role\":\"assistant\",\"content\":\"\"}" : $"\"delta\":{{\"content\":\" word{number}\"}}")
            + ",\"finish_reason\":null}]}\n\n";
    }
}
