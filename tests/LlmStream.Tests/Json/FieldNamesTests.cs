using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class FieldNamesTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("größe", true)]
    [InlineData("\\u0061", true)]
    [InlineData("A", false)]
    [InlineData("", false)]
    public void A_set_contains_its_names(string name, bool isContained)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"{{name}}":1}""");
        Assert.Equal(isContained, new FieldNames("a", "größe").Contains(ref reader));
        Assert.False(FieldNames.None.Contains(ref reader));
    }
}
