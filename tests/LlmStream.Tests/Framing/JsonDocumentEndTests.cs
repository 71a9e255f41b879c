using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public class JsonDocumentEndTests
{
    [Theory]
    [InlineData("{}", "")]
    [InlineData("{} ", " ")]
    [InlineData("{}{}", "{}")]
    [InlineData("\uFEFF \r\n\t[1,[2]]\n", "\n")]
    [InlineData("{\"a\":\"}\\\"}\"}x", "x")]
    [InlineData("{\"a\\\\\":{}}x", "x")]
    [InlineData("\"a\\\"b\"x", "x")]
    [InlineData("{]x", "x")] // whether it is JSON is not checked
    public void The_document_ends_where_its_nesting_does(string body, string rest)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        for (int size = 1; size <= bytes.Length; size++)
        {
            var end = default(JsonDocumentEnd);
            int taken = 0;
            for (int i = 0; i < bytes.Length && !end.HasEnded; i += size) taken += end.Take(bytes.AsSpan(i, Math.Min(size, bytes.Length - i)));
            Assert.True(end is { HasBegun: true, HasEnded: true });
            Assert.Equal(rest, Encoding.UTF8.GetString(bytes[taken..]));
            Assert.Equal(0, end.Take("{}"u8));
        }
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(" \n", false)]
    [InlineData("{", true)]
    [InlineData("{\"}", true)]
    [InlineData("[{}", true)]
    [InlineData("{\"a\":\"\\", true)]
    public void Until_then_all_of_it_is_taken(string body, bool hasBegun)
    {
        var end = default(JsonDocumentEnd);
        Assert.Equal(body.Length, end.Take(Encoding.UTF8.GetBytes(body)));
        Assert.Equal((hasBegun, false), (end.HasBegun, end.HasEnded));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("  data: {}")]
    [InlineData("1")]
    [InlineData("}")]
    public void Another_first_byte_is_no_document(string body)
    {
        var exception = Assert.Throws<FramingException>(() => default(JsonDocumentEnd).Take(Encoding.UTF8.GetBytes(body)));
        Assert.Equal(FramingError.NotAStream, exception.Error);
    }
}
