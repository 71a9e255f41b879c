namespace LlmStream.Testing.FrontEnds;

/// <summary>The requests that arrived, and the stops of running answers.</summary>
internal sealed class CaseLog
{
#if NET9_0_OR_GREATER
    private readonly Lock _lock = new();
#else
    private readonly object _lock = new();
#endif
    private readonly List<ChatFrontEndRequest> _requests = [];
    private readonly Dictionary<ChatFrontEndCase, TaskCompletionSource> _stops = [];

    /// <summary>Adds a request. A stop ends the running answers of its case.</summary>
    public void Add(ChatFrontEndRequest request)
    {
        TaskCompletionSource? stopped = null;
        lock (_lock)
        {
            _requests.Add(request);
            if (request.Kind == ChatFrontEndRequestKind.Stop) _stops.Remove(request.Case, out stopped);
        }

        stopped?.SetResult();
    }

    /// <summary>Completes with the next stop.</summary>
    public Task WaitForStopAsync(ChatFrontEndCase @case)
    {
        lock (_lock)
        {
            if (!_stops.TryGetValue(@case, out TaskCompletionSource? stop))
                _stops.Add(@case, stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return stop.Task;
        }
    }

    /// <summary>Removes the requests to a case.</summary>
    public IReadOnlyList<ChatFrontEndRequest> Take(ChatFrontEndCase @case)
    {
        lock (_lock)
        {
            ChatFrontEndRequest[] taken = [.. _requests.Where(request => request.Case == @case)];
            _requests.RemoveAll(request => request.Case == @case);
            return taken;
        }
    }
}
