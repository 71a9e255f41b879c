using LlmStream.Inspection;

namespace LlmStream.Tests.Inspection;

public class PrefixedStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task The_prefix_is_read_before_the_rest(int bufferSize)
    {
        await using var stream = new PrefixedStream("abcd"u8.ToArray(), new ScriptedStream("efg"u8.ToArray()));
        byte[] buffer = new byte[bufferSize];
        using var read = new MemoryStream();

        while (await stream.ReadAsync(buffer) is > 0 and var count) read.Write(buffer, 0, count);

        Assert.Equal("abcdefg"u8.ToArray(), read.ToArray());
        Assert.Equal(7, stream.BytesRead);
    }
}
