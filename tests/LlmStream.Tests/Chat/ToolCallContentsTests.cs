using System.Text.Json;
using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

public class ToolCallContentsTests
{
    [Fact]
    public void Arguments_are_parsed()
    {
        FunctionCallContent content = Create("""{"city":"Rome","days":null}""");
        Assert.Equal("Rome", ((JsonElement)content.Arguments!["city"]!).GetString());
        Assert.Null(content.Arguments["days"]);
        Assert.Null(content.Exception);
        Assert.False(content.InformationalOnly);
    }

    [Fact]
    public void A_call_without_a_name_is_not_invoked()
    {
        var call = new ToolCall { Id = "c", Arguments = """{"x":1}""" };
        FunctionCallContent content = ToolCallContents.Create(call, () => "call", isCutOff: false);
        Assert.True(content.InformationalOnly);
        Assert.Equal(1, ((JsonElement)content.Arguments!["x"]!).GetInt32());
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_the_arguments_is_replaced()
    {
        FunctionCallContent content = Create("""{"\ud83d":"a\udE00"}""");
        Assert.Equal("a\uFFFD", ((JsonElement)content.Arguments!["\uFFFD"]!).GetString());
    }

    [Theory]
    [InlineData(null, false, true)] // a partial answer: the arguments may not have arrived
    [InlineData(null, true, false)]
    [InlineData("tool_calls", false, false)]
    [InlineData("length", true, true)]
    public void A_call_of_a_partial_answer_has_no_default_arguments(string? finish, bool isComplete, bool isFailed)
    {
        var result = new ChatStreamResult
        {
            Choices =
            [
                new ChatChoice
                {
                    FinishReason = finish is null ? null : new ChatFinishReason(finish),
                    ToolCalls = [new ToolCall { Id = "c", Name = "f", IsComplete = isComplete }],
                },
            ],
        };
        FunctionCallContent content = Assert.IsType<FunctionCallContent>(Assert.Single(result.ToChatMessage().Contents));
        Assert.Equal((isFailed, isFailed), (content.Exception is not null, content.InformationalOnly));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Missing_arguments_are_empty(string arguments) => Assert.Empty(Create(arguments).Arguments!);

    [Theory]
    [InlineData("[1]", false)]
    [InlineData("7", false)]
    [InlineData("{\"city\":", false)]
    [InlineData("", true)] // they may not have arrived
    public void Invalid_arguments_are_reported_with_the_call(string arguments, bool isCutOff)
    {
        FunctionCallContent content = Create(arguments, isCutOff);
        Assert.IsAssignableFrom<JsonException>(content.Exception!.InnerException);
        Assert.Null(content.Arguments);
        Assert.True(content.InformationalOnly);
        Assert.Equal(arguments, Assert.IsType<ToolCall>(content.RawRepresentation).Arguments);
    }

    [Theory]
    [InlineData("id-1", "id-1")]
    [InlineData("", "call_x_3")]
    [InlineData(null, "call_x_3")]
    public void A_call_without_an_id_gets_one_from_the_prefix(string? id, string expected) =>
        Assert.Equal(
            expected, ToolCallContents.Create(new ToolCall { Id = id, Index = 3, Name = "f" }, () => "call_x", isCutOff: false).CallId);

    [Theory]
    [InlineData("chatcmpl-1", "call_chatcmpl1")]
    [InlineData("0123456789-0123456789-0123456789", "call_678901234567890123456789")] // the end, at most 24 characters
    public void The_prefix_is_derived_from_the_id_of_the_response(string responseId, string expected) =>
        Assert.Equal(expected, ToolCallContents.IdPrefix(responseId));

    [Fact]
    public void The_prefix_is_random_if_the_response_has_no_id()
    {
        Assert.NotEqual(ToolCallContents.IdPrefix(null), ToolCallContents.IdPrefix(null));
        Assert.True(ToolCallContents.IdPrefix(null).Length + "_4095".Length <= 40); // OpenAI's limit
    }

    [Theory]
    [InlineData("length", true)]
    [InlineData("content_filter", true)]
    [InlineData("stop", false)]
    [InlineData(null, false)]
    public void Limits_and_filters_cut_an_answer_off(string? finish, bool expected) =>
        Assert.Equal(expected, ToolCallContents.IsCutOff(finish is null ? null : new ChatFinishReason(finish)));

    private static FunctionCallContent Create(string arguments, bool isCutOff = false) =>
        ToolCallContents.Create(new ToolCall { Id = "c", Name = "f", Arguments = arguments }, () => "call", isCutOff);
}
