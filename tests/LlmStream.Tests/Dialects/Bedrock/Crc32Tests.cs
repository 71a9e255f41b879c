using LlmStream.Dialects.Bedrock;

namespace LlmStream.Tests.Dialects.Bedrock;

public class Crc32Tests
{
    [Fact]
    public void The_check_value_is_that_of_the_algorithm() => Assert.Equal(0xCBF43926, Crc32.Compute("123456789"u8));

    [Fact]
    public void Every_length_gives_the_checksum_that_is_computed_bit_by_bit()
    {
        byte[] bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
            Assert.Equal(EventStream.Crc(bytes.AsSpan(0, length)), Crc32.Compute(bytes.AsSpan(0, length)));
    }
}
