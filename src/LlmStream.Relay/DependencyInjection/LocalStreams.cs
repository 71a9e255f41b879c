using System.Collections.Concurrent;
using LlmStream.Relay.TakeOver;

namespace LlmStream.Relay.DependencyInjection;

/// <summary>The streams that the endpoints of this node produce, and the endpoints that learn of streams which were taken over.</summary>
internal sealed class LocalStreams
{
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Func<ChatStreamStatus, TakenOver, Task>> _observers = [];

    /// <summary>Adds a stream until its task has ended.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="work">Produces the stream, and reports its end to the application.</param>
    public void Run(string streamId, Func<Task> work)
    {
        // Added before it can be removed.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[streamId] = ended.Task;
        _ = Task.Run(RunAsync);

        async Task RunAsync()
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            finally
            {
                _running.TryRemove(streamId, out _);
                ended.SetResult();
            }
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

    public async Task TakenOverAsync(ChatStreamStatus stream, TakenOver taken)
    {
        foreach (Func<ChatStreamStatus, TakenOver, Task> observer in _observers) await observer(stream, taken).ConfigureAwait(false);
    }
}
