using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class JsonDeserializerTests
{
    private static readonly JsonTypeInfo<string[]> Strings =
        (JsonTypeInfo<string[]>)new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(typeof(string[]));

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() =>
        Assert.Equal(["a\uFFFD", "\U0001F600"], JsonDeserializer.Read("""["a\ud83d","\ud83d\ude00"]"""u8, Strings)!);

    [Fact]
    public void Other_errors_remain()
    {
        Assert.ThrowsAny<JsonException>(() => JsonDeserializer.Read("[1]"u8, Strings));
        Assert.ThrowsAny<JsonException>(() => JsonDeserializer.Read("""["\ud83d","""u8, Strings));
    }
}
