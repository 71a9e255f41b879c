using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Tests.Json;

namespace LlmStream.Tests.Answers;

public class UsageFieldsTests
{
    private static readonly UsageFields Fields = new UsageFields { { UsageCount.Input, "a", "b" } }
        .And(new UsageFields { { UsageCount.Output, "b", "c" }, { new UsageFields { { UsageCount.Total, "d" } }, "e" } });

    [Theory]
    [InlineData("a", UsageCount.Input)]
    [InlineData("b", UsageCount.Input)] // the first field of a name counts
    [InlineData("c", UsageCount.Output)]
    [InlineData("d", null)] // nested
    [InlineData("x", null)]
    public void A_field_is_found_by_its_name(string name, object? count)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"{{name}}":1}""");
        Assert.Equal(count is not null, Fields.TryFind(ref reader, out UsageFields.Field? field));
        if (count is not null) Assert.Equal(count, field!.Count);
    }

    [Fact]
    public void A_nested_object_has_its_own_fields()
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty("""{"e":{"d":1}}""");
        Assert.True(Fields.TryFind(ref reader, out UsageFields.Field? field));
        reader = JsonReaders.OpenProperty("""{"d":1}""");
        Assert.True(field.Nested!.TryFind(ref reader, out field));
        Assert.Equal(UsageCount.Total, field.Count);
    }
}
