using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JoinedTextTests
{
    [Theory]
    [InlineData("[]", "", false, 0)]
    [InlineData("[\"\"]", "", false, 0)]
    [InlineData("[\"abc\"]", "abc", false, 2)]
    [InlineData("[\"\",\"a\\n\"]", "a\\n", true, 5)]
    [InlineData("[\"a\",\"b\"]", "ab", false, -1)]
    [InlineData("[\"a\",\"\",\"\\\"\",\"c\"]", "a\\\"c", true, -1)]
    public void Strings_are_joined_unchanged(string json, string raw, bool isEscaped, int start)
    {
        JoinedText text = default;
        Utf8JsonReader reader = JsonReaders.Open(json);
        while (reader.NextItem()) text.Add(ref reader);
        Assert.Equal(raw, Encoding.UTF8.GetString(text.Raw));
        Assert.Equal((isEscaped, start), (text.IsEscaped, text.Start));
    }

    [Fact]
    public void Many_strings_are_joined_in_linear_work()
    {
        string json = "[" + string.Join(',', Enumerable.Repeat("\"0123456789\"", 10_000)) + "]";
        JoinedText text = default;
        Utf8JsonReader reader = JsonReaders.Open(json);
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (reader.NextItem()) text.Add(ref reader);
        Assert.Equal(100_000, text.Raw.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }
}
