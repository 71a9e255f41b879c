using System.Text;

namespace LlmStream.Benchmarks.Streams;

/// <summary>Answers that consist of one tool call, whose arguments arrive in fragments: an object with one property, a text.</summary>
internal static class ToolStreams
{
    public const string ArgumentName = "text";

    // A call of 100,000 fragments of this length has 1 MiB.
    private const double LongFragment = 10.5;

    private const string Start = $"{{\"{ArgumentName}\":\"";
    private const string End = "\"}";
    private const string ToolName = "write_file";

    /// <summary>OpenAI's chat completions, padded as text is. A fragment is a token.</summary>
    public static SampleStream OpenAI(int fragments) => OpenAI(fragments, averageLength: 0);

    /// <summary>The same with longer fragments, as servers send that collect several tokens.</summary>
    public static SampleStream OpenAIInLongFragments(int fragments) => OpenAI(fragments, LongFragment);

    private static SampleStream OpenAI(int fragments, double averageLength)
    {
        const string Head =
            """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000"""
            + ""","model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_51e1070cf2","choices":["""
            + """{"index":0,"delta":""";
        const int Width = 10;
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        writer.Event(Chunk(
            """{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_fX2mQw8LrT5vKd3nYc7HbJ9s","type":"func"""
            + $$$"""tion","function":{"name":"{{{ToolName}}}","arguments":""}}],"refusal":null}""",
            "null",
            6));
        Write(fragments, averageLength, vocabulary, (fragment, text) => writer.Arguments(
            fragment,
            text,
            Chunk(
                $$$"""{"tool_calls":[{"index":0,"function":{"arguments":"{{{EventWriter.Escape(fragment)}}}"}}]}""",
                "null",
                (Width - fragment.Length) & 15)));
        writer.Event(Chunk("{}", "\"tool_calls\"", 4));
        return writer.Event("[DONE]").ToStream("OpenAI, tool call", "openai", isReadByOpenAIPackage: true);

        string Chunk(string delta, string finish, int padding) =>
            $$"""{{Head}}{{delta}},"logprobs":null,"finish_reason":{{finish}}}],"usage":null"""
            + $$""","obfuscation":"{{vocabulary.NextLetters(padding)}}"}""";
    }

    /// <summary>OpenAI's Responses API. The last events repeat the arguments.</summary>
    public static SampleStream Responses(int fragments)
    {
        const string Id = "fc_682c94223680819192287a2f84ee1bb20b603284be451166";
        int sequence = 3;
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        DialectStreams.WriteResponsesStart(writer);
        writer.Event(
            $$"""{"type":"response.output_item.added","output_index":0,"item":{{Item("in_progress", "")}},"sequence_number":2}""",
            "event: response.output_item.added\n");
        var arguments = new StringBuilder();
        Write(fragments, averageLength: 0, vocabulary, (fragment, text) =>
        {
            arguments.Append(fragment);
            const string Type = "response.function_call_arguments.delta";
            string escaped = EventWriter.Escape(fragment), padding = vocabulary.NextLetters((10 - fragment.Length) & 15);
            writer.Arguments(
                fragment,
                text,
                $$"""{"type":"{{Type}}","item_id":"{{Id}}","output_index":0,"delta":"{{escaped}}","sequence_number":{{sequence++}}"""
                + $$""","obfuscation":"{{padding}}"}""",
                $"event: {Type}\n");
        });
        string all = EventWriter.Escape(arguments.ToString());
        writer.Event(
            $$"""{"type":"response.function_call_arguments.done","item_id":"{{Id}}","output_index":0,"argu"""
            + $$"""ments":"{{all}}","sequence_number":{{sequence++}}}""",
            "event: response.function_call_arguments.done\n");
        string item = Item("completed", all);
        writer.Event(
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{item}},"sequence_number":{{sequence++}}}""",
            "event: response.output_item.done\n");
        DialectStreams.WriteResponsesEnd(writer, item, fragments, sequence);
        return writer.ToStream("Responses, tool call", "responses");

        static string Item(string status, string arguments) =>
            $$"""{"id":"{{Id}}","type":"function_call","status":"{{status}}","argu"""
            + $$"""ments":"{{arguments}}","call_id":"call_fX2mQw8LrT5vKd3nYc7HbJ9s","name":"{{ToolName}}"}""";
    }

    /// <summary>Anthropic's Messages API.</summary>
    public static SampleStream Anthropic(int fragments)
    {
        var writer = new EventWriter();
        ProviderStreams.WriteAnthropicStart(writer);
        writer.Event(
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_01T1x1fJ34qAmk2tNTr"""
            + $$$$"""N7Up6","name":"{{{{ToolName}}}}","input":{}}}""",
            "event: content_block_start\n");
        Write(fragments, averageLength: 0, Vocabulary.CreateEnglish(), (fragment, text) =>
        {
            string delta = $$"""{"type":"input_json_delta","partial_json":"{{EventWriter.Escape(fragment)}}"}""";
            writer.Arguments(
                fragment, text, $$"""{"type":"content_block_delta","index":0,"delta":{{delta}}}""", "event: content_block_delta\n");
        });
        ProviderStreams.WriteAnthropicEnd(writer, "tool_use", fragments);
        return writer.ToStream("Anthropic, tool call", "anthropic");
    }

    /// <param name="fragments">The number of fragments.</param>
    /// <param name="averageLength">Their average length at least, in characters. Each has at least one token.</param>
    /// <param name="vocabulary">Generates the tokens.</param>
    /// <param name="write">Writes a fragment, and the text in it.</param>
    private static void Write(int fragments, double averageLength, Vocabulary vocabulary, Action<string, string> write)
    {
        int length = 0;
        for (int i = 0; i < fragments; i++)
        {
            string text = "", fragment = i == 0 ? Start : "";
            do
            {
                string token = vocabulary.NextToken();
                text += token;
                fragment += EventWriter.Escape(token);
            }
            while (length + fragment.Length < (i + 1) * averageLength);
            length += fragment.Length;
            write(i == fragments - 1 ? fragment + End : fragment, text);
        }
    }
}
