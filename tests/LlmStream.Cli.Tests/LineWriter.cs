using System.Threading.Channels;

namespace LlmStream.Cli.Tests;

/// <summary>A writer whose lines can be awaited.</summary>
internal sealed class LineWriter : StringWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public override void WriteLine(string? value) => _lines.Writer.TryWrite(value!);

    public Task<string> ReadLineAsync() => _lines.Reader.ReadAsync().AsTask();
}
