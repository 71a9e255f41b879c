using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Cli.Inspect;
using LlmStream.Dialects;

namespace LlmStream.Tests.Reading;

/// <summary>
/// The recorded streams of <c>../shared/corpus</c> in the supported dialects, compared with the rows of <c>expected.jsonl</c>: by
/// <c>llmstream inspect --json</c>, and by reading them in pieces of different sizes.
/// </summary>
public class CorpusTests
{
    private const int SmallFile = 50 * 1024;

    private static readonly string[] Families =
        ["openai-chat", "dashscope-native", "hunyuan-native", "anthropic-messages", "openai-responses", "gemini", "ollama", "cohere"];

    // Rows that are wrong, and the correct values. Nothing else in the row may differ.
    private static readonly Dictionary<string, (string Name, JsonNode? Right)[]> Deviations = new(StringComparer.Ordinal)
    {
        // The usage has "prompt_tokens_details":{"cached_tokens":0}; the rows omit a count of 0.
        ["dashscope-native/dashscope-sdk-multimodal-generation-vl-video-file-sse.sse"] = [("usage.cached", 0)],
        ["dashscope-native/dashscope-sdk-single-generation-message-search-sse.sse"] = [("usage.cached", 0)],
        ["dashscope-native/dashscope-sdk-single-generation-message-with-parallel-tools-sse.sse"] = [("usage.cached", 0)],
        ["dashscope-native/dashscope-sdk-single-generation-message-with-tools-sse.sse"] = [("usage.cached", 0)],

        // The usage itself has "cached_tokens":0.
        ["other/openinference-together-test-async-chat-stream.sse"] = [("usage.cached", 0)],
        ["other/openinference-together-test-chat-stream.sse"] = [("usage.cached", 0)],

        // "Usage":{"InputTokens":0,"OutputTokens":0,"TotalTokens":0}: the rows have only the total.
        ["hunyuan/tccli-chatcompletions-lkeap-ex1.sse"] = [("usage.input", 0), ("usage.output", 0)],
        ["hunyuan/tccli-chatcompletions-lkeap-ex2.sse"] = [("usage.input", 0), ("usage.output", 0)],

        // The response in stream-end has "meta":{…,"tokens":{"input_tokens":206,"output_tokens":3}}; likewise in the other two.
        ["cohere/agentops-test-cohere-provider-r1.ndjson"] = [("usage.input", 206), ("usage.output", 3)],
        ["cohere/openllmetry-test-cohere-chat-legacy-with-streaming-async.ndjson"] = [("usage.input", 69), ("usage.output", 150)],
        ["cohere/openllmetry-test-cohere-chat-legacy-with-streaming.ndjson"] = [("usage.input", 69), ("usage.output", 116)],

        // "error_type":"INVALID_TOOL_GENERATION" is next to the error.
        ["cohere/langchain-cohere-test-sql-agent-r1.sse"] = [("error.code", "INVALID_TOOL_GENERATION")],
        ["cohere/langchain-cohere-test-sql-agent.sse"] = [("error.code", "INVALID_TOOL_GENERATION")],

        // Line 1 begins with a space, " data: {", so its field is not "data": there is nothing to parse.
        ["openai-chat/llm-test-tools-streaming-variant-c.sse"] = [("unparsed", null)],

        // A call comes in pieces: "name" and "willContinue", then "partialArgs" such as {"jsonPath":"$.location",
        // "stringValue":"Boston"}, then "functionCall":{}, which ends it. The rows have each piece as a separate call without arguments.
        ["gemini/vercel-ai-google-stream-tool-call-arguments.ndjson"] =
        [
            ("choices.0.tool_calls", Calls(
                ("getWeather", """{"location":"Boston"}"""),
                ("getWeather", """{"location":"San Francisco"}"""))),
        ],
        ["gemini/vercel-ai-google-stream-no-args-tool-call.ndjson"] =
        [
            ("choices.0.tool_calls", Calls(
                ("read_theme", "{}"),
                ("read_screen", """{"id":"A"}"""),
                ("read_screen", """{"id":"B"}"""),
                ("read_screen", """{"id":"C"}"""))),
        ],

        // The last usage has "output_tokens_details":{"thinking_tokens":67}; the rows know reasoning tokens only by OpenAI's name.
        ["anthropic-messages/anthropic-sdk-csharp-stream-a-refusal.sse"] = [("usage.reasoning", 67)],

        // The deltas were shortened for a fixture: output_text.done, content_part.done, output_item.done, and response.completed all have
        // "text":"The command ran successfully in the container. Here's the output:…". The row has only the deltas.
        ["openai-responses/vercel-ai-openai-shell-container-1.ndjson"] =
        [
            ("choices.0.text",
                "The command ran successfully in the container. Here's the output:\n\n- The echo command printed: \"Hello from container!\"\n"
                + "- The system is running Linux (kernel 6.1.0) on an x86_64 architecture."),
        ],

        // Line 3 is only "data: ": an event without data.
        ["other/apisix--empty-sse-frames.sse"] = [("unparsed", null)],
    };

    private static readonly Lazy<IReadOnlyList<JsonObject>> Rows = new(() => Repository.Shared is null ? [] :
    [
        .. File.ReadLines(Path.Combine(Repository.Shared, "corpus", "expected.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(row => Families.Contains(row["family"]!.GetValue<string>(), StringComparer.Ordinal)),
    ]);

    public static TheoryData<string> Files =>
        Rows.Value.Count == 0 ? ["(none)"] : [.. Rows.Value.Select(row => row["file"]!.GetValue<string>())];

    [Theory, MemberData(nameof(Files))]
    public async Task Inspect_prints_what_the_row_expects(string file)
    {
        string path = Path.Combine(Repository.RequireShared("corpus"), file);
        await using var recorded = new RecordedStream(path, File.OpenRead(path));
        InspectedFile inspected = await InspectedFile.ReadAsync(recorded, null, ChatTextMode.Auto, TestContext.Current.CancellationToken);
        JsonObject actual = JsonNode.Parse(InspectionJson.Format(inspected))!.AsObject();
        JsonObject expected = Rows.Value.Single(row => row["file"]!.GetValue<string>() == file).DeepClone().AsObject();

        Assert.Equal(path, actual["file"]!.GetValue<string>());
        Assert.Contains(actual["ending"]!.GetValue<string>(), new[] { "complete", "truncated", "error" });
        actual.Remove("file");
        actual.Remove("ending");
        expected.Remove("file");
        foreach ((string name, JsonNode? right) in Deviations.GetValueOrDefault(file, []))
        {
            string[] steps = name.Split('.');
            JsonObject owner = steps.SkipLast(1).Aggregate(expected, (holder, step) => holder[step]!.AsObject());
            Assert.False(JsonNode.DeepEquals(owner[steps[^1]], right), $"The row of {file} is now correct: {name} does not deviate.");
            if (right is null) owner.Remove(steps[^1]);
            else owner[steps[^1]] = right.DeepClone();
        }

        Assert.Equal(Sorted(expected), Sorted(actual));
    }

    [Theory, MemberData(nameof(Files))]
    public async Task The_deltas_do_not_depend_on_the_sizes_of_the_reads(string file)
    {
        string path = Path.Combine(Repository.RequireShared("corpus"), file);
        byte[] bytes = await File.ReadAllBytesAsync(path);
        ChatDialect dialect = ChatDialect.Recognize(bytes) ?? ChatDialect.OpenAI;
        Outcome whole = await Outcome.ReadAsync(bytes, dialect);

        // The recorded sizes of the reads from the network.
        if (File.Exists(path + ".chunks"))
        {
            string[] lines = (await File.ReadAllTextAsync(path + ".chunks")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int[] sizes = [.. lines.Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
            Assert.Equal(bytes.Length, sizes.Sum());
            Same(whole, await Outcome.ReadAsync(new ScriptedStream(bytes, sizes), dialect));
        }

        if (bytes.Length <= SmallFile) Same(whole, await Outcome.ReadAsync(ScriptedStream.ByteByByte(bytes), dialect));
    }

    [Fact]
    public void No_rows_are_missing()
    {
        Repository.RequireShared("corpus");
        Assert.True(Rows.Value.Count >= 163);
        Assert.All(Deviations.Keys, file => Assert.Contains(file, Files.Select(row => row.Data)));
    }

    private static JsonArray Calls(params (string Name, string Arguments)[] calls) =>
        [.. calls.Select(call => new JsonObject { ["id"] = null, ["name"] = call.Name, ["arguments"] = call.Arguments })];

    private static void Same(Outcome expected, Outcome actual)
    {
        Assert.Equal(Show.Deltas(expected.Deltas), Show.Deltas(actual.Deltas));
        Assert.Equal(expected.Ending, actual.Ending);
        Assert.Equal(expected.Exception?.Message, actual.Exception?.Message);
    }

    private static string Sorted(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(node, 0);
        return text.ToString();

        void Write(JsonNode? value, int depth)
        {
            if (value is not JsonObject fields)
            {
                text.Append(value?.ToJsonString() ?? "null").Append('\n');
                return;
            }

            text.Append('\n');
            foreach ((string name, JsonNode? field) in fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                text.Append(' ', depth).Append(name).Append(": ");
                Write(field, depth + 1);
            }
        }
    }
}
