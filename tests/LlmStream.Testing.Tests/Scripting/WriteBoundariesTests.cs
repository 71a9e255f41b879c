using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Tests.Scripting;

public sealed class WriteBoundariesTests
{
    [Theory]
    [InlineData(0, 7)]
    [InlineData(6, 7)]
    [InlineData(7, 14)]
    public void Writes_of_a_fixed_size_end_at_multiples(long offset, long expected) =>
        Assert.Equal(expected, WriteBoundaries.Every(7).FindEnd(offset));

    [Theory]
    [InlineData(0, 3L)]
    [InlineData(2, 3L)]
    [InlineData(3, 400L)]
    [InlineData(399, 400L)]
    [InlineData(400, null)]
    public void Writes_end_at_offsets_in_any_order(long offset, long? expected) =>
        Assert.Equal(expected, WriteBoundaries.At([400, 3, 0, 3]).FindEnd(offset));
}
