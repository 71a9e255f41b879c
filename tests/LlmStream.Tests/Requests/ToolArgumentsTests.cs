using LlmStream.Requests;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Requests;

public class ToolArgumentsTests
{
    [Fact]
    public void Arguments_are_an_object() => JsonAssert.Equal(
        """{"city":"北京","days":3,"deep":{"a":null}}""",
        ToolArguments.ToJson(
            Call(new() { ["city"] = "北京", ["days"] = 3, ["deep"] = new Dictionary<string, object?> { ["a"] = null } }), 0));

    [Fact]
    public void A_call_without_arguments_has_an_empty_object() => JsonAssert.Equal("{}", ToolArguments.ToJson(Call(null), 0));

    [Fact]
    public void An_argument_that_is_not_JSON_is_refused()
    {
        FunctionCallContent call = Call(new() { ["at"] = typeof(string) });
        ArgumentException e = Assert.Throws<ArgumentException>("messages", () => ToolArguments.ToJson(call, 7));
        Assert.StartsWith("The argument \"at\" of the function call \"c1\" in message 7 is a ", e.Message, StringComparison.Ordinal);
    }

    private static FunctionCallContent Call(Dictionary<string, object?>? arguments) => new("c1", "weather", arguments);
}
