namespace LlmStream.Cli.Inspect;

/// <summary>A stream in a file.</summary>
/// <param name="Name">The path of the file, and which of its streams it is if it may have several.</param>
/// <param name="Body">The body of the response. It is disposed of with this.</param>
internal sealed record RecordedStream(string Name, Stream Body) : IAsyncDisposable
{
    /// <summary>What may be wrong about the recording, or null.</summary>
    public string? Note { get; init; }

    public ValueTask DisposeAsync() => Body.DisposeAsync();
}
