using System.Threading.Channels;
using LlmStream.Operators.Sources;

namespace LlmStream.Tests.Operators.Sources;

public class MergeSourceTests
{
    private readonly Channel<MergeSource> _ready = Channel.CreateUnbounded<MergeSource>();

    [Fact]
    public async Task Reports_each_delta_and_then_its_end()
    {
        DeltaSource deltas = new(DeltaSource.Answer(["a"], finish: false));
        await using var source = new MergeSource(3, deltas, _ready.Writer, CancellationToken.None);
        Assert.Equal((3, 0), (source.Index, deltas.Enumerations));
        source.Advance();
        Assert.Same(source, await _ready.Reader.ReadAsync());
        Assert.Equal("a", source.Current!.Text);
        source.Advance();
        Assert.Same(source, await _ready.Reader.ReadAsync());
        Assert.Equal((null, null), (source.Current, source.Failure));
    }

    [Fact]
    public async Task Reports_a_failure_even_of_GetAsyncEnumerator()
    {
        await using var source = new MergeSource(0, new Failing(), _ready.Writer, CancellationToken.None);
        source.Advance();
        Assert.Same(source, await _ready.Reader.ReadAsync());
        Assert.Null(source.Current);
        Assert.IsType<FormatException>(source.Failure);
    }

    private sealed class Failing : IAsyncEnumerable<ChatDelta>
    {
        public IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            throw new FormatException();
    }
}
