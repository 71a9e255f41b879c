using System.Text;
using System.Text.Json;
using LlmStream.Dialects.Responses;

namespace LlmStream.Tests.Dialects.Responses;

/// <summary>Which items of a complete response are those that were received.</summary>
public class ResponsesItemsTests
{
    private const string Message = "{'type':'message','id':'a'}", Call = "{'type':'function_call','id':'b'}";

    [Theory]
    [InlineData("message 0 a, function_call 1 b", $"{Message},{Call}", 0, 1)]
    [InlineData("message 0 a, function_call 1 b", $"{Call},{Message}", 1, 0)]
    [InlineData("function_call 1 b, message 0 a", $"{Message},{Call}", 1, 0)]
    [InlineData("message 0 a, message 1 a", $"{Message},{Message}", 0, 1)] // the index tells them apart
    [InlineData("message 1 a, message 0 a", $"{Message},{Message}", 1, 0)]
    [InlineData("message 0 a, message 0 a", $"{Message},{Message}", 0, 1)]
    [InlineData("message 0 a, function_call 1 b", Call, 1)]
    [InlineData("message 0 a", $"{Message},{Call}", 0, -1)]
    [InlineData("message 0 a", "{'type':'message','id':'other'}", 0)]
    [InlineData("message 0 a", "{'type':'reasoning','id':'a'}", -1)]
    [InlineData("message 0 ", "{'type':'message'}", 0)]
    [InlineData("message -1 a", Message, 0)]
    [InlineData("message 0 a", "{'type':'message','item_id':'a'}", 0)]
    public void Items_are_matched(string received, string output, params int[] expected)
    {
        var items = new ResponsesItems();
        foreach (string[] words in received.Split(", ").Select(item => item.Split(' ')))
        {
            ResponsesItemKind kind = words[0] == "message" ? ResponsesItemKind.Message : ResponsesItemKind.ToolCall;
            items.Add(kind, int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(words[2])).IsBegun = true;
        }

        using JsonDocument document = JsonDocument.Parse($"[{output.Replace('\'', '"')}]");
        ResponsesItem?[] matched = items.Match([.. document.RootElement.EnumerateArray()]);
        Assert.Equal(expected, matched.Select(item => item?.Number ?? -1));
    }
}
