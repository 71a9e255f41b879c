using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Responses;
using LlmStream.Resilience;
using Microsoft.Extensions.AI;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Dialects;

public class ResponsesRequestTests
{
    private static readonly ChatMessage Question = new(ChatRole.User, "Why?");

    [Fact]
    public void A_question_is_one_item() =>
        JsonAssert.Equal("""{"model":"m","input":[{"role":"user","content":"Why?"}]}""", ResponsesRequest.Build([Question], null, "m", null));

    [Fact]
    public void Options_have_the_words_of_this_api()
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
            {"truncation":"auto","include":["reasoning.encrypted_content"],"model":"m-2","input":[{"role":"user","content":"Why?"}],"instructions":"Be brief.","previous_response_id":"resp_9",
             "max_output_tokens":50,"temperature":0.5,"top_p":0.25,"reasoning":{"effort":"xhigh","summary":"auto"},"background":true}
            """,
            ResponsesRequest.Build([Question], options, "m", null));
    }

    [Theory]
    [InlineData("conv_1", """{"conversation":"conv_1"}""")]
    [InlineData("resp_1", """{"previous_response_id":"resp_1"}""")]
    public void A_conversation_and_an_answer_are_named_differently(string id, string expected)
    {
        JsonObject body = ResponsesRequest.Build([Question], new ChatOptions { ConversationId = id }, null, null);
        body.Remove("input");
        JsonAssert.Equal(expected, body);
    }

    [Fact]
    public void A_schema_stands_flat_in_text()
    {
        var options = new ChatOptions
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema(System.Text.Json.JsonDocument.Parse("""{"type":"object"}""").RootElement, "thing", "A thing."),
            AdditionalProperties = new() { ["text"] = new JsonObject { ["verbosity"] = "low" }, ["strictJsonSchema"] = false },
        };
        JsonAssert.Equal(
            """{"verbosity":"low","format":{"type":"json_schema","name":"thing","description":"A thing.","schema":{"type":"object"},"strict":false}}""",
            ResponsesRequest.Build([Question], options, null, null)["text"]);
        JsonAssert.Equal("""{"format":{"type":"json_object"}}""", ResponsesRequest.Build([Question], new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, null, null)["text"]);
    }

    [Fact]
    public void What_the_caller_began_comes_first()
    {
        var seed = new JsonObject { ["temperature"] = 1, ["store"] = false, ["reasoning"] = new JsonObject { ["effort"] = "low" } };
        var options = new ChatOptions { Temperature = 0, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High, Output = ReasoningOutput.Full } };
        JsonAssert.Equal(
            """{"temperature":1,"store":false,"reasoning":{"effort":"low","summary":"detailed"},"input":[{"role":"user","content":"Why?"}]}""",
            ResponsesRequest.Build([Question], options, null, seed));
        Assert.Throws<ArgumentException>(() => ResponsesRequest.Build([Question], null, null, new JsonObject { ["input"] = "x" }));
    }

    [Fact]
    public void Functions_are_declared_flat_and_are_not_strict_by_themselves()
    {
        AIFunction look = AIFunctionFactory.Create((int x) => x, "look", "Looks.");
        var options = new ChatOptions { Tools = [look], ToolMode = ChatToolMode.RequireSpecific("look"), AllowMultipleToolCalls = true };
        JsonObject body = ResponsesRequest.Build([Question], options, null, null);

        JsonObject tool = body["tools"]![0]!.AsObject();
        Assert.Equal(["type", "name", "description", "parameters", "strict"], tool.Select(field => field.Key));
        Assert.Equal(("function", "look", false), ((string?)tool["type"], (string?)tool["name"], (bool)tool["strict"]!));
        JsonAssert.Equal("""{"type":"function","name":"look"}""", body["tool_choice"]);
        Assert.True((bool)body["parallel_tool_calls"]!);
        Assert.Equal("none", (string?)ResponsesRequest.Build([Question], new ChatOptions { Tools = [look], ToolMode = ChatToolMode.None }, null, null)["tool_choice"]);
        Assert.False(ResponsesRequest.Build([Question], new ChatOptions { ToolMode = ChatToolMode.Auto }, null, null).ContainsKey("tool_choice"));
    }

    [Fact]
    public void Tools_of_the_providers_own_are_asked_for_by_their_types()
    {
        var options = new ChatOptions
        {
            Tools =
            [
                new HostedWebSearchTool(new Dictionary<string, object?>(StringComparer.Ordinal) { ["search_context_size"] = "low" }),
                new HostedCodeInterpreterTool { Inputs = [new HostedFileContent("file_1")] },
                new HostedFileSearchTool { Inputs = [new HostedVectorStoreContent("vs_1")], MaximumResultCount = 3 },
                new HostedMcpServerTool("dice", new Uri("https://dice.example/mcp")) { AllowedTools = ["roll"], ApprovalMode = HostedMcpServerToolApprovalMode.NeverRequire },
                new HostedMcpServerTool("mail", "connector_gmail") { ApprovalMode = HostedMcpServerToolApprovalMode.RequireSpecific(["send"], null) },
            ],
        };
        JsonAssert.Equal(
            """
            [{"type":"web_search","search_context_size":"low"},
             {"type":"code_interpreter","container":{"type":"auto","file_ids":["file_1"]}},
             {"type":"file_search","vector_store_ids":["vs_1"],"max_num_results":3},
             {"type":"mcp","server_label":"dice","server_url":"https://dice.example/mcp","allowed_tools":["roll"],"require_approval":"never"},
             {"type":"mcp","server_label":"mail","connector_id":"connector_gmail","require_approval":{"always":{"tool_names":["send"]}}}]
            """,
            ResponsesRequest.Build([Question], options, null, null)["tools"]);
        Assert.Throws<ArgumentException>(() => ResponsesRequest.Build([Question], new ChatOptions { Tools = [new StrangeTool()] }, null, null));
    }

    [Fact]
    public void A_user_says_more_than_text()
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
            ResponsesRequest.Build([message], null, null, null)["input"]);
    }

    [Fact]
    public void What_the_model_said_stands_in_its_order()
    {
        ChatMessage[] history =
        [
            new(ChatRole.System, "Be kind."),
            Question,
            new(ChatRole.Assistant,
            [
                new TextReasoningContent("Hm."), // as the user saw it
                Own("""{"type":"reasoning","id":"rs_1","status":null,"summary":[],"encrypted_content":"x"}"""),
                new TextContent("One "), new TextContent("moment."),
                new FunctionCallContent("c1", "look", new Dictionary<string, object?>(StringComparer.Ordinal) { ["x"] = 1 }),
                Own("""{"type":"web_search_call","id":"ws_1","status":"completed"}"""),
                new DataContent(new byte[] { 1 }, "image/png"),
                new ErrorContent("No.") { ErrorCode = "Refusal" },
                Own("""{"type":"reasoning","id":"rs_2","summary":[]}"""), // cut off: it led to nothing
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "seen")]),
        ];
        JsonAssert.Equal(
            """
            [{"role":"system","content":"Be kind."},
             {"role":"user","content":"Why?"},
             {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},
             {"type":"message","role":"assistant","content":[{"type":"output_text","text":"One "},{"type":"output_text","text":"moment."}]},
             {"type":"function_call","call_id":"c1","name":"look","arguments":"{\"x\":1}"},
             {"type":"web_search_call","id":"ws_1","status":"completed"},
             {"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]},
             {"type":"function_call_output","call_id":"c1","output":"seen"}]
            """,
            ResponsesRequest.Build(history, null, null, null)["input"]);
    }

    [Fact]
    public void A_thought_that_is_not_kept_goes_back_only_where_it_is_encrypted()
    {
        var message = new ChatMessage(ChatRole.Assistant, [Own("""{"type":"reasoning","id":"rs_1","summary":[]}"""), Own("""{"type":"reasoning","id":"rs_2","encrypted_content":"x"}"""), new TextContent("Hi")]);
        JsonArray Items(string seed) => ResponsesRequest.Build([message], null, null, JsonNode.Parse(seed)!.AsObject())["input"]!.AsArray();

        Assert.Equal(["rs_2", null], Items("""{"store":false}""").Select(item => (string?)item!["id"]));
        Assert.Equal(["rs_1", "rs_2", null], Items("{}").Select(item => (string?)item!["id"]));
    }

    [Fact]
    public void A_call_of_a_custom_tool_and_its_result_have_their_own_types()
    {
        var call = new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c1", "run_sql"), Own("""{"type":"custom_tool_call","call_id":"c1","name":"run_sql","input":"SELECT 1;"}""")]);
        var result = new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", "1")]);
        JsonAssert.Equal(
            """[{"type":"custom_tool_call","call_id":"c1","name":"run_sql","input":"SELECT 1;"},{"type":"custom_tool_call_output","call_id":"c1","output":"1"}]""",
            ResponsesRequest.Build([call, result], null, null, null)["input"]);
    }

    [Fact]
    public void What_cannot_be_said_is_refused_in_words()
    {
        Refuses([]);
        Refuses([null!]);
        Refuses([new(ChatRole.User, "")]);
        Refuses([new(ChatRole.Tool, "text")]);
        Refuses([new(ChatRole.User, [new FunctionCallContent("c", "f")])]);
        Refuses([new(ChatRole.User, [new HostedVectorStoreContent("v")])]);

        static void Refuses(ChatMessage[] messages) => Assert.Throws<ArgumentException>(() => ResponsesRequest.Build(messages, null, null, null));
    }

    [Fact]
    public void The_rest_of_an_answer_is_asked_for_in_items()
    {
        var dialect = new ResponsesDialect();
        var body = new JsonObject { ["input"] = "Why?", ["max_output_tokens"] = 10 };
        JsonAssert.Equal(
            """{"input":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Since"},{"role":"user","content":"Go on."}],"max_output_tokens":7}""",
            ContinuationRequest.Build(dialect, body, ChatContinuation.Instruction, "Since", "Go on.", 3));
        JsonAssert.Equal("""{"input":"Why?","max_output_tokens":10}""", body);
        Assert.Equal("Why?", ContinuationRequest.LastUserText(dialect, body));
        Assert.Null(dialect.MessagesOf(new JsonObject { ["prompt"] = new JsonObject() }));
    }

    private static AIContent Own(string json) => ProviderContent.Create("responses", System.Text.Encoding.UTF8.GetBytes(json));

    private sealed class StrangeTool : AITool;
}
