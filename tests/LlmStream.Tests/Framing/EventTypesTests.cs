using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public sealed class EventTypesTests
{
    [Theory]
    [InlineData("message_start")]
    [InlineData("response.output_text.delta")]
    [InlineData("x")]
    [InlineData("größe")]
    [InlineData("a b\tc")]
    [InlineData("a\0b")]
    public void A_type_is_decoded_the_same_every_time(string type)
    {
        byte[] name = Encoding.UTF8.GetBytes(type);

        Assert.Equal(type, EventTypes.Decode(name));
        Assert.Equal(type, EventTypes.Decode(name));
    }

    [Fact]
    public void A_type_is_one_object_for_all_streams() =>
        Assert.Same(EventTypes.Decode("content_block_delta"u8), EventTypes.Decode("content_block_delta"u8));

    [Fact]
    public void Invalid_UTF_8_is_replaced() => Assert.Equal("a\uFFFD", EventTypes.Decode([(byte)'a', 0xFF]));

    [Fact]
    public void Types_without_end_are_decoded_correctly_and_not_all_kept()
    {
        for (int i = 0; i < 20 * EventTypes.MaxKnown; i++)
        {
            string type = $"type-{i % (2 * EventTypes.MaxKnown)}";
            Assert.Equal(type, EventTypes.Decode(Encoding.UTF8.GetBytes(type)));
        }
    }

    [Fact]
    public void A_long_type_is_decoded_and_not_kept()
    {
        byte[] name = Encoding.UTF8.GetBytes(new string('t', EventTypes.MaxLength + 1));

        Assert.NotSame(EventTypes.Decode(name), EventTypes.Decode(name));
        Assert.Equal(name.Length, EventTypes.Decode(name).Length);
    }
}
