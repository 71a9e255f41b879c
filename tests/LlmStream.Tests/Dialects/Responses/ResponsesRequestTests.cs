using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Responses;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class ResponsesRequestTests
{
    private static readonly ChatMessage Question = new(ChatRole.User, "Why?");

    [Fact]
    public void A_question_is_one_item() => JsonAssert.Equal(
        """{"model":"m","input":[{"role":"user","content":"Why?"}]}""", ChatDialect.Responses.BuildRequest([Question], model: "m"));

    [Fact]
    public void Options_have_the_names_of_this_API()
    {
#pragma warning disable MEAI001
        var options = new ChatOptions
        {
            ModelId = "m-2",
            Instructions = "Be brief.",
            MaxOutputTokens = 50,
            Temperature = 0.5f,
            TopP = 0.25f,
            ConversationId = "resp_9",
            AllowBackgroundResponses = true,
            AllowMultipleToolCalls = false,
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.ExtraHigh, Output = ReasoningOutput.Summary },
            StopSequences = ["x"],
            Seed = 3,
            TopK = 4,
            FrequencyPenalty = 1,
            PresencePenalty = 1,
            AdditionalProperties = new() { ["truncation"] = "auto", ["include"] = new[] { "reasoning.encrypted_content" } },
        };
#pragma warning restore MEAI001
        JsonAssert.Equal(
            """
            {"truncation":"auto","include":["reasoning.encrypted_content"],"model":"m-2","input":[{"role":"user","content":"Why?"}],
             "instructions":"Be brief.","previous_response_id":"resp_9",
             "max_output_tokens":50,"temperature":0.5,"top_p":0.25,"reasoning":{"effort":"xhigh","summary":"auto"},"background":true}
            """,
            ChatDialect.Responses.BuildRequest([Question], options, "m"));
    }

    [Theory]
    [InlineData("conv_1", """{"conversation":"conv_1"}""")]
    [InlineData("resp_1", """{"previous_response_id":"resp_1"}""")]
    public void A_conversation_and_an_answer_have_different_fields(string id, string expected)
    {
        JsonObject body = Build(new ChatOptions { ConversationId = id });
        body.Remove("input");
        JsonAssert.Equal(expected, body);
    }

    [Fact]
    public void A_response_format_is_a_field_of_text()
    {
        JsonElement schema = JsonDocument.Parse("""{"type":"object"}""").RootElement;
        var options = new ChatOptions
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, "thing", "A thing."),
            AdditionalProperties = new() { ["text"] = new JsonObject { ["verbosity"] = "low" }, ["strictJsonSchema"] = false },
        };
        JsonAssert.Equal(
            """
            {"verbosity":"low","format":{
               "type":"json_schema","name":"thing","description":"A thing.","schema":{"type":"object"},"strict":false}}
            """,
            Build(options)["text"]);
        JsonAssert.Equal(
            """{"format":{"type":"json_object"}}""", Build(new ChatOptions { ResponseFormat = ChatResponseFormat.Json })["text"]);
    }

    [Fact]
    public void A_seed_is_completed_and_not_changed()
    {
        var seed = new JsonObject { ["temperature"] = 1, ["store"] = false, ["reasoning"] = new JsonObject { ["effort"] = "low" } };
        var reasoning = new ReasoningOptions { Effort = ReasoningEffort.High, Output = ReasoningOutput.Full };
        JsonAssert.Equal(
            """
            {"temperature":1,"store":false,"reasoning":{"effort":"low","summary":"detailed"},"input":[{"role":"user","content":"Why?"}]}
            """,
            ChatDialect.Responses.BuildRequest([Question], new ChatOptions { Temperature = 0, Reasoning = reasoning }, seed: seed));
        JsonAssert.Equal("""{"temperature":1,"store":false,"reasoning":{"effort":"low"}}""", seed);
    }

    [Fact]
    public void Functions_are_declared_and_not_strict_by_default()
    {
        AIFunction look = AIFunctionFactory.Create((int x) => x, "look", "Looks.");
        var options = new ChatOptions { Tools = [look], ToolMode = ChatToolMode.RequireSpecific("look"), AllowMultipleToolCalls = true };
        JsonObject body = Build(options);

        JsonObject tool = body["tools"]![0]!.AsObject();
        Assert.Equal(["type", "name", "description", "parameters", "strict"], tool.Select(field => field.Key));
        Assert.Equal(("function", "look", false), ((string?)tool["type"], (string?)tool["name"], (bool)tool["strict"]!));
        JsonAssert.Equal("""{"type":"function","name":"look"}""", body["tool_choice"]);
        Assert.True((bool)body["parallel_tool_calls"]!);
        Assert.Equal("none", (string?)Build(new ChatOptions { Tools = [look], ToolMode = ChatToolMode.None })["tool_choice"]);
        Assert.False(Build(new ChatOptions { ToolMode = ChatToolMode.Auto }).ContainsKey("tool_choice"));
    }

    [Fact]
    public void Built_in_tools_are_declared_by_type()
    {
        var options = new ChatOptions
        {
            Tools =
            [
                new HostedWebSearchTool(new Dictionary<string, object?> { ["search_context_size"] = "low" }),
                new HostedCodeInterpreterTool { Inputs = [new HostedFileContent("file_1")] },
                new HostedFileSearchTool { Inputs = [new HostedVectorStoreContent("vs_1")], MaximumResultCount = 3 },
                new HostedMcpServerTool("dice", new Uri("https://dice.example/"))
                {
                    AllowedTools = ["roll"],
                    ApprovalMode = HostedMcpServerToolApprovalMode.NeverRequire,
                },
                new HostedMcpServerTool("mail", "connector_gmail")
                {
                    ApprovalMode = HostedMcpServerToolApprovalMode.RequireSpecific(["send"], null),
                },
            ],
        };
        JsonAssert.Equal(
            """
            [{"type":"web_search","search_context_size":"low"},
             {"type":"code_interpreter","container":{"type":"auto","file_ids":["file_1"]}},
             {"type":"file_search","vector_store_ids":["vs_1"],"max_num_results":3},
             {"type":"mcp","server_label":"dice","server_url":"https://dice.example/","allowed_tools":["roll"],"require_approval":"never"},
             {"type":"mcp","server_label":"mail","connector_id":"connector_gmail","require_approval":{"always":{"tool_names":["send"]}}}]
            """,
            Build(options)["tools"]);
    }

    [Fact]
    public void Each_content_of_a_user_is_a_part_or_an_item()
    {
        byte[] data = [1, 2, 3];
        var message = new ChatMessage(
            ChatRole.User,
            [
                new TextContent("Look"),
                new DataContent(data, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } },
                new UriContent("https://example.org/a.jpg", "image/jpeg"),
                new DataContent(data, "application/pdf") { Name = "a.pdf" },
                new UriContent("https://example.org/a.pdf", "application/pdf"),
                new HostedFileContent("file_1"),
                new DataContent(data, "audio/mpeg"),
                new AIContent { RawRepresentation = new JsonObject { ["type"] = "input_text", ["text"] = "raw" } },
                new AIContent { RawRepresentation = new JsonObject { ["type"] = "mcp_approval_response", ["approve"] = true } },
            ]);
        JsonAssert.Equal(
            """
            [{"role":"user","content":[
               {"type":"input_text","text":"Look"},
               {"type":"input_image","image_url":"data:image/png;base64,AQID","detail":"low"},
               {"type":"input_image","image_url":"https://example.org/a.jpg"},
               {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AQID"},
               {"type":"input_file","file_url":"https://example.org/a.pdf"},
               {"type":"input_file","file_id":"file_1"},
               {"type":"input_audio","input_audio":{"data":"AQID","format":"mp3"}},
               {"type":"input_text","text":"raw"}]},
             {"type":"mcp_approval_response","approve":true}]
            """,
            ChatDialect.Responses.BuildRequest([message])["input"]);
    }

    [Fact]
    public void An_answer_is_sent_back_in_its_order()
    {
        ChatMessage[] history =
        [
            new(ChatRole.System, "Be kind."),
            Question,
            new(ChatRole.Assistant,
            [
                new TextReasoningContent("Hm."), // for the user
                Own("""{"type":"reasoning","id":"rs_1","status":null,"summary":[],"encrypted_content":"x"}"""),
                new TextContent("One "), new TextContent("moment."),
                new FunctionCallContent("c1", "look", new Dictionary<string, object?> { ["x"] = 1 }),
                Own("""{"type":"web_search_call","id":"ws_1","status":"completed"}"""),
                new DataContent(new byte[] { 1 }, "image/png"),
                new ErrorContent("No.") { ErrorCode = "Refusal" },
                Own("""{"type":"reasoning","id":"rs_2","summary":[]}"""), // truncated: it led to nothing
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "seen")]),
        ];
        JsonAssert.Equal(
            """
            [{"role":"system","content":"Be kind."},
             {"role":"user","content":"Why?"},
             {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},
             {"type":"message","role":"assistant","content":[
                {"type":"output_text","text":"One "},{"type":"output_text","text":"moment."}]},
             {"type":"function_call","call_id":"c1","name":"look","arguments":"{\"x\":1}"},
             {"type":"web_search_call","id":"ws_1","status":"completed"},
             {"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]},
             {"type":"function_call_output","call_id":"c1","output":"seen"}]
            """,
            ChatDialect.Responses.BuildRequest(history)["input"]);
    }

    [Fact]
    public void Reasoning_that_is_not_stored_is_sent_back_only_if_it_is_encrypted()
    {
        var message = new ChatMessage(
            ChatRole.Assistant,
            [
                Own("""{"type":"reasoning","id":"rs_1","summary":[]}"""),
                Own("""{"type":"reasoning","id":"rs_2","encrypted_content":"x"}"""),
                new TextContent("Hi"),
            ]);
        JsonArray Items(string seed) =>
            ChatDialect.Responses.BuildRequest([message], seed: JsonNode.Parse(seed)!.AsObject())["input"]!.AsArray();

        Assert.Equal(["rs_2", null], Items("""{"store":false}""").Select(item => (string?)item!["id"]));
        Assert.Equal(["rs_1", "rs_2", null], Items("{}").Select(item => (string?)item!["id"]));
    }

    [Fact]
    public void A_call_of_a_custom_tool_and_its_result_have_other_types()
    {
        const string item = """{"type":"custom_tool_call","call_id":"c1","name":"run_sql","input":"SELECT 1;"}""";
        var call = new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c1", "run_sql"), Own(item)]);
        var result = new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", "1")]);
        JsonAssert.Equal(
            $$"""[{{item}},{"type":"custom_tool_call_output","call_id":"c1","output":"1"}]""",
            ChatDialect.Responses.BuildRequest([call, result])["input"]);
    }

    [Fact]
    public void A_tool_message_may_have_an_item_in_the_providers_format() => JsonAssert.Equal(
        """[{"type":"computer_call_output","call_id":"c1"}]""",
        ChatDialect.Responses.BuildRequest([new(ChatRole.Tool, [Raw("computer_call_output")])])["input"]);

    [Fact]
    public void Messages_that_this_format_cannot_express_are_refused()
    {
        ChatDialect.Responses.RefusesMessages("Pass at least one", new ChatMessage(ChatRole.Assistant, ""));
        ChatDialect.Responses.RefusesMessages(
            "HostedVectorStoreContent. Remove it", new ChatMessage(ChatRole.User, [new HostedVectorStoreContent("v")]));
        ChatDialect.Responses.RefusesMessages("other content than results", new ChatMessage(ChatRole.Tool, [Raw("input_text")]));
    }

    [Fact]
    public void Options_that_this_format_cannot_express_are_refused()
    {
        ChatDialect.Responses.RefusesOptions("(UnknownTool)", new ChatOptions { Tools = [new UnknownTool()] });
        ChatDialect.Responses.RefusesOptions("\"input\" is set", new ChatOptions { AdditionalProperties = new() { ["input"] = "x" } });
    }

    [Fact]
    public void A_continuation_adds_items()
    {
        var dialect = new ResponsesDialect();
        var body = new JsonObject { ["input"] = "Why?", ["max_output_tokens"] = 10 };
        JsonAssert.Equal(
            """
            {"input":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Since","type":"message"},{"role":"user","content":"Go on."}],
             "max_output_tokens":7}
            """,
            ContinuationRequest.Build(dialect, body, ChatContinuation.Instruction, "Since", "Go on.", 3));
        JsonAssert.Equal("""{"input":"Why?","max_output_tokens":10}""", body);
        Assert.Equal("Why?", ContinuationRequest.LastUserText(dialect, body));
        Assert.Null(dialect.MessagesOf(new JsonObject { ["prompt"] = new JsonObject() }));
    }

    private static AIContent Own(string json) => ProviderContent.Create("responses", Encoding.UTF8.GetBytes(json));

    private static AIContent Raw(string type) => new() { RawRepresentation = new JsonObject { ["type"] = type, ["call_id"] = "c1" } };

    private static JsonObject Build(ChatOptions options) => ChatDialect.Responses.BuildRequest([Question], options);

    private sealed class UnknownTool : AITool;
}
