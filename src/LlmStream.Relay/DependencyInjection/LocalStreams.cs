using System.Collections.Concurrent;
using LlmStream.Relay.TakeOver;

namespace LlmStream.Relay.DependencyInjection;

/// <summary>The streams that the endpoints of this node produce, and the endpoints that learn of streams which were taken over.</summary>
internal sealed class LocalStreams
{
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Func<ChatStreamStatus, TakenOver, Task>> _observers = [];

    /// <summary>Works on a stream in the background.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="work">Produces the stream, and reports its end to the application. Does not fail.</param>
    public void Run(string streamId, Func<Task> work)
    {
        TaskCompletionSource ended = Add(streamId); // known before this returns
        _ = Task.Run(() => RunAsync(streamId, ended, work));
    }

    /// <summary>Takes over a stream, and tells the endpoints how it ended.</summary>
    public Task TakeOverAsync(ChatStreamStatus stream, Func<Task<TakenOver?>> takeOver)
    {
        return RunAsync(stream.StreamId, Add(stream.StreamId), WorkAsync);

        async Task WorkAsync()
        {
            if (await takeOver().ConfigureAwait(false) is not { } taken) return;
            foreach (Func<ChatStreamStatus, TakenOver, Task> observer in _observers) await observer(stream, taken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends when this node's work on a stream has; has ended already if there is none.</summary>
    public Task WhenEndedAsync(string streamId) => _running.GetValueOrDefault(streamId) ?? Task.CompletedTask;

    /// <summary>Whether this node produces a stream.</summary>
    public bool Contains(string streamId) => _running.ContainsKey(streamId);

    /// <summary>Ends when no stream is left.</summary>
    public async Task WhenAllEndedAsync()
    {
        while (_running.Values.FirstOrDefault() is { } running) await running.ConfigureAwait(false);
    }

    /// <summary>Has an endpoint learn of streams that were taken over and have ended on this node.</summary>
    public void OnTakenOver(Func<ChatStreamStatus, TakenOver, Task> observer) => _observers.Add(observer);

    private TaskCompletionSource Add(string streamId)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[streamId] = ended.Task;
        return ended;
    }

    private async Task RunAsync(string streamId, TaskCompletionSource ended, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            // A producer that was suspended may still work on a stream that this node has taken over meanwhile.
            _running.TryRemove(KeyValuePair.Create(streamId, ended.Task));
            ended.SetResult();
        }
    }
}
