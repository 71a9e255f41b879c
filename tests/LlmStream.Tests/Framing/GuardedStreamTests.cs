using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>The sample of a body, and what is left when it is let go of.</summary>
public class GuardedStreamTests
{
    [Fact]
    public async Task What_has_been_looked_at_but_not_read_is_not_dropped()
    {
        var stream = new GuardedStream(new MemoryStream("data: 1"u8.ToArray()));
        await stream.PeekAsync(TestContext.Current.CancellationToken);
        stream.DropSample();
        Assert.Equal("data: 1", await RestOf(stream));
    }

    [Fact]
    public async Task A_stream_without_its_sample_goes_on_and_is_not_empty()
    {
        var stream = new GuardedStream(new MemoryStream("data: 1"u8.ToArray()));
        Assert.Equal(5, await stream.ReadAsync(new byte[5], TestContext.Current.CancellationToken));
        stream.DropSample();
        Assert.Equal(0, stream.Sample.Length);
        Assert.False(stream.IsEmpty);
        Assert.Equal(" 1", await RestOf(stream));
        Assert.Equal(0, stream.Sample.Length);
        Assert.False(stream.IsEmpty);
    }

    private static async Task<string> RestOf(GuardedStream stream)
    {
        byte[] bytes = new byte[64];
        int length = 0, count;
        while ((count = await stream.ReadAsync(bytes.AsMemory(length), TestContext.Current.CancellationToken)) > 0) length += count;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
