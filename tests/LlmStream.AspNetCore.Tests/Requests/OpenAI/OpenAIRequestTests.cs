using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Requests.OpenAI;

/// <summary>Requests of OpenAI's Chat Completions.</summary>
public class OpenAIRequestTests
{
    [Fact]
    public void A_conversation_is_read_without_its_system_messages()
    {
        ChatRelayRequest request = Read("""
            {"model":"m","messages":[
                {"role":"system","content":"Be brief."},
                {"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"kind."}]},
                {"role":"user","content":"Hi","name":"ada"},
                {"role":"assistant","content":"Hello"},
                {"role":"user","content":[{"type":"text","text":"How are you?"}]}]}
            """).Request;

        Assert.Equal("m", request.Model);
        Assert.Equal(["Be brief.", "Be kind."], request.SystemMessages.Select(message => message.Text));
        Assert.Equal(["Hi", "Hello", "How are you?"], request.Messages.Select(message => message.Text));
        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.User], request.Messages.Select(message => message.Role));
        Assert.Equal("ada", request.Messages[0].AuthorName);
        Assert.Same(ChatWire.OpenAI, request.Wire);
    }

    [Fact]
    public void Files_are_read()
    {
        ChatRelayRequest request = Read("""
            {"messages":[{"role":"user","content":[
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AQID","detail":"low"}},
                {"type":"image_url","image_url":{"url":"https://a.example/x.png"}},
                {"type":"image_url","image_url":"https://a.example/y.png"},
                {"type":"input_audio","input_audio":{"data":"AQID","format":"mp3"}},
                {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AQID"}},
                {"type":"file","file":{"filename":"b.txt","file_data":"AQID"}},
                {"type":"file","file":{"filename":"c.pdf","file_data":"https://a.example/c.pdf"}},
                {"type":"video_url","video_url":{"url":"https://a.example/v.mp4"}}]}]}
            """).Request;

        IList<AIContent> contents = request.Messages[0].Contents;
        var image = Assert.IsType<DataContent>(contents[0]);
        Assert.Equal("image/png", image.MediaType);
        Assert.Equal(new byte[] { 1, 2, 3 }, image.Data.ToArray());
        Assert.Equal("low", image.AdditionalProperties!["detail"]);
        Assert.True(Assert.IsType<UriContent>(contents[1]).HasTopLevelMediaType("image"));
        Assert.Equal("https://a.example/y.png", Assert.IsType<UriContent>(contents[2]).Uri.OriginalString);
        Assert.Equal("audio/mpeg", Assert.IsType<DataContent>(contents[3]).MediaType);
        Assert.Equal("a.pdf", Assert.IsType<DataContent>(contents[4]).Name);
        Assert.Equal("text/plain", Assert.IsType<DataContent>(contents[5]).MediaType);
        Assert.Equal("application/pdf", Assert.IsType<UriContent>(contents[6]).MediaType);
        Assert.True(Assert.IsType<UriContent>(contents[7]).HasTopLevelMediaType("video"));
    }

    [Fact]
    public void Calls_and_their_results_are_read()
    {
        ChatRelayRequest request = Read("""
            {"messages":[
                {"role":"user","content":"Weather?"},
                {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
                    {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"city\":\"Rome\",\"n\":null}"}},
                    {"id":"call_2","type":"function","function":{"name":"g","arguments":""}},
                    {"id":"call_3","type":"function","function":{"name":"h","arguments":"{\"a\":"}}]},
                {"role":"tool","tool_call_id":"call_1","content":"21"},
                {"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"ok"}]},
                {"role":"assistant","content":[{"type":"text","text":"It is 21."},{"type":"refusal","refusal":"No."}]},
                {"role":"assistant","content":null,"refusal":"I can't."},
                {"role":"assistant","content":null}]}
            """).Request;

        Assert.Equal(6, request.Messages.Count);
        Assert.Equal("hm", Assert.IsType<TextReasoningContent>(request.Messages[1].Contents[0]).Text);
        FunctionCallContent[] calls = [.. request.Messages[1].Contents.OfType<FunctionCallContent>()];
        Assert.Equal("Rome", ((JsonElement)calls[0].Arguments!["city"]!).GetString());
        Assert.Null(calls[0].Arguments!["n"]);
        Assert.Empty(calls[1].Arguments!);
        Assert.NotNull(calls[2].Exception);
        Assert.Equal("21", Assert.IsType<FunctionResultContent>(request.Messages[2].Contents[0]).Result);
        Assert.Equal("call_2", Assert.IsType<FunctionResultContent>(request.Messages[3].Contents[0]).CallId);
        Assert.Equal(ChatRole.Tool, request.Messages[3].Role);
        Assert.Equal("No.", Assert.IsType<ErrorContent>(request.Messages[4].Contents[1]).Message);
        Assert.Equal("Refusal", Assert.IsType<ErrorContent>(request.Messages[5].Contents[0]).ErrorCode);
    }

    [Fact]
    public void Options_are_read()
    {
        ParsedRequest parsed = Read(WithHi("""
            "temperature":0.5,"top_p":0.25,"top_k":3,"max_tokens":7,"max_completion_tokens":9,"stop":["a","b"],"seed":-4,
            "presence_penalty":1,"frequency_penalty":-1,"stream":true,"stream_options":{"include_usage":true},"user":"u",
            "response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,"schema":{"type":"object"}}}
            """));
        ChatOptions options = parsed.Request.Options;

        Assert.Equal(0.5f, options.Temperature);
        Assert.Equal(0.25f, options.TopP);
        Assert.Equal(3, options.TopK);
        Assert.Equal(9, options.MaxOutputTokens);
        Assert.Equal(["a", "b"], options.StopSequences!);
        Assert.Equal(-4, options.Seed);
        Assert.Equal(1f, options.PresencePenalty);
        Assert.Equal(-1f, options.FrequencyPenalty);
        Assert.True(parsed.IsStreaming);
        Assert.True(parsed.IncludeUsage);
        var format = Assert.IsType<ChatResponseFormatJson>(options.ResponseFormat);
        Assert.Equal(("n", "d"), (format.SchemaName, format.SchemaDescription));
        Assert.Equal(true, options.AdditionalProperties!["strictJsonSchema"]);
        Assert.Null(options.ModelId);
        Assert.Null(options.Tools);
    }

    [Fact]
    public void Null_is_the_same_as_nothing()
    {
        ParsedRequest parsed = Read(WithHi("""
            "model":null,"temperature":null,"max_tokens":null,"stop":null,"seed":null,"stream":null,"stream_options":null,"tools":null,
            "tool_choice":null,"response_format":null
            """));

        Assert.Null(parsed.Request.Model);
        Assert.Null(parsed.Request.Options.StopSequences);
        Assert.Null(parsed.Request.ToolMode);
        Assert.Empty(parsed.Request.Tools);
        Assert.Null(parsed.IsStreaming);
        Assert.False(parsed.IncludeUsage);
    }

    [Fact]
    public void Tools_are_read_as_declarations()
    {
        ChatRelayRequest request = Read(WithHi("""
            "tools":[
                {"type":"function","function":{"name":"f","description":"F.","strict":true,
                    "parameters":{"type":"object","properties":{"x":{"type":"string"}}}}},
                {"type":"function","function":{"name":"g"}}],
            "tool_choice":{"type":"function","function":{"name":"g"}}
            """)).Request;

        var first = Assert.IsAssignableFrom<AIFunctionDeclaration>(request.Tools[0]);
        Assert.IsNotAssignableFrom<AIFunction>(request.Tools[0]);
        Assert.Equal(("f", "F."), (first.Name, first.Description));
        Assert.Equal("string", first.JsonSchema.GetProperty("properties").GetProperty("x").GetProperty("type").GetString());
        Assert.Equal(true, first.AdditionalProperties["strictJsonSchema"]);
        Assert.Equal("object", Assert.IsAssignableFrom<AIFunctionDeclaration>(request.Tools[1]).JsonSchema.GetProperty("type").GetString());
        Assert.Equal("g", Assert.IsType<RequiredChatToolMode>(request.ToolMode).RequiredFunctionName);
        Assert.Null(request.Options.Tools);
    }

    [Theory]
    [InlineData("auto", typeof(AutoChatToolMode))]
    [InlineData("none", typeof(NoneChatToolMode))]
    [InlineData("required", typeof(RequiredChatToolMode))]
    public void The_tool_choice_is_read(string choice, Type expected)
    {
        Assert.IsType(expected, Read(WithHi($"\"tool_choice\":\"{choice}\"")).Request.ToolMode);
    }

    [Fact]
    public void A_question_of_a_query_is_read()
    {
        Assert.Equal("Hi", Read("""{"message":"Hi"}""").Request.Messages.Single().Text);
        Assert.Equal("Hi", Read("""{"prompt":"Hi"}""").Request.Messages.Single().Text);
    }

    [Theory]
    [InlineData("""{}""", "messages")]
    [InlineData("""{"messages":"Hi"}""", "messages")]
    [InlineData("""{"messages":[1]}""", "messages[0]")]
    [InlineData("""{"messages":[{}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"function","content":"Hi"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":""}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":[]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"tool","content":"x"}]}""", "messages[0].tool_call_id")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}""", "messages[0].tool_calls[0].function.name")]
    public void A_message_that_is_not_valid_is_named(string body, string position) => AssertRefused(body, position);

    [Theory]
    [InlineData("""{"type":"text"}""", ".text")]
    [InlineData("""{"type":"x"}""", ".type")]
    [InlineData("""{"type":"image_url"}""", ".image_url.url")]
    [InlineData("""{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}""", ".image_url.url")]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,?"}}""", ".image_url.url")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"?","format":"wav"}}""", ".input_audio.data")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AQID","format":"a/b"}}""", ".input_audio.format")]
    [InlineData("""{"type":"file","file":{"file_id":"file-1"}}""", ".file.file_id")]
    public void A_part_that_is_not_valid_is_named(string part, string position) =>
        AssertRefused($$"""{"messages":[{"role":"user","content":[{{part}}]}]}""", "messages[0].content[0]" + position);

    [Theory]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"temperature\":1e99", "temperature")]
    [InlineData("\"max_tokens\":0", "max_tokens")]
    [InlineData("\"max_tokens\":1.5", "max_tokens")]
    [InlineData("\"stop\":[1]", "stop[0]")]
    [InlineData("\"stream\":\"yes\"", "stream")]
    [InlineData("\"stream_options\":1", "stream_options")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format.type")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema.schema")]
    [InlineData("\"tools\":[{\"type\":\"custom\"}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\" \"}}]", "tools[0].function.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":true}}]", "tools[0].function.parameters")]
    [InlineData("\"tool_choice\":\"any\"", "tool_choice")]
    public void An_option_that_is_not_valid_is_named(string fields, string position) => AssertRefused(WithHi(fields), position);

    private static void AssertRefused(string body, string position)
    {
        var exception = Assert.Throws<InvalidRelayRequestException>(() => Read(body));

        Assert.Equal(400, exception.Status);
        Assert.Equal(position, exception.Parameter);
        Assert.StartsWith(position + " ", exception.Message, StringComparison.Ordinal);
    }

    private static ParsedRequest Read(string json) => ChatWire.OpenAI.ReadRequest(JsonElement.Parse(json));

    private static string WithHi(string fields) => $$"""{"messages":[{"role":"user","content":"Hi"}],{{fields}}}""";
}
