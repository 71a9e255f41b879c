using System.Text;
using System.Text.Json;

namespace LlmStream.Tests.Json;

/// <summary>Readers for tests, which have JSON as text.</summary>
internal static class JsonReaders
{
    /// <summary>A reader on the first token.</summary>
    public static Utf8JsonReader Open(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return reader;
    }

    /// <summary>A reader on the name of the first property of an object.</summary>
    public static Utf8JsonReader OpenProperty(string json)
    {
        Utf8JsonReader reader = Open(json);
        reader.Read();
        Assert.Equal(JsonTokenType.PropertyName, reader.TokenType);
        return reader;
    }
}
