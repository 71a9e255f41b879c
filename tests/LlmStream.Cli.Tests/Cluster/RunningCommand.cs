namespace LlmStream.Cli.Tests.Cluster;

/// <summary>A command of the tool that serves until it is ended.</summary>
internal abstract class RunningCommand : IAsyncDisposable
{
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];

    /// <summary>The address that it prints first.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it has printed.</summary>
    public string Log
    {
        get { lock (_lines) return string.Join('\n', _lines); }
    }

    public abstract ValueTask DisposeAsync();

    protected async Task WaitForAddressAsync() =>
        Address = new Uri(await _firstLine.Task.WaitAsync(TimeSpan.FromSeconds(30)));

    protected void Add(string? line)
    {
        if (line is null) return;
        lock (_lines) _lines.Add(line);
        _firstLine.TrySetResult(line);
    }

    protected void Ended() => _firstLine.TrySetException(new InvalidOperationException("The command ended: " + Log));
}
