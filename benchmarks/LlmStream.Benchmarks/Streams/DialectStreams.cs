using System.Globalization;
using System.Text;

namespace LlmStream.Benchmarks.Streams;

/// <summary>Answers in the dialects other than OpenAI's chat completions, DashScope's and Anthropic's.</summary>
internal static class DialectStreams
{
    private const string ResponseHead =
        """{"id":"resp_682c9421a0b881918d920a1c0ad7a6250b603284be451166","object":"response","created_at":1790000000,"status":""";
    private const string ResponseFields =
        ""","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null"""
        + ""","model":"gpt-4.1-2025-04-14","parallel_tool_calls":true,"previous_response_id":null"""
        + ""","reasoning":{"effort":null,"summary":null},"service_tier":"default","store":true,"temperature":1.0"""
        + ""","text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled"""
        + "\",\"user\":null,\"metadata\":{},\"output\":";

    /// <summary>OpenAI's Responses API. Each event has a number and padding; the last events repeat the text.</summary>
    public static SampleStream Responses(int chunks)
    {
        const string Id = "msg_682c9422c9c08191a4c8d1f2a3b4c5d60b603284be451166";
        const string Position = $$""","item_id":"{{Id}}","output_index":0,"content_index":0""";
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        var all = new StringBuilder();
        int sequence = 4;
        WriteResponsesStart(writer);
        WriteResponsesEvent(writer, "output_item.added", $$""","output_index":0,"item":{{Item("in_progress", "")}}""", 2);
        WriteResponsesEvent(writer, "content_part.added", $$"""{{Position}},"part":{{Part("")}}""", 3);
        for (int i = 0; i < chunks; i++)
        {
            const string Type = "response.output_text.delta";
            string token = vocabulary.NextToken(), padding = vocabulary.NextLetters((10 - token.Length) & 15);
            all.Append(token);
            writer.Text(
                token,
                $$"""{"type":"{{Type}}"{{Position}},"delta":"{{EventWriter.Escape(token)}}","logprobs":[]"""
                + $$""","sequence_number":{{sequence++}},"obfuscation":"{{padding}}"}""",
                $"event: {Type}\n");
        }

        string text = EventWriter.Escape(all.ToString()), item = Item("completed", Part(text));
        WriteResponsesEvent(writer, "output_text.done", $$"""{{Position}},"text":"{{text}}","logprobs":[]""", sequence++);
        WriteResponsesEvent(writer, "content_part.done", $$"""{{Position}},"part":{{Part(text)}}""", sequence++);
        WriteResponsesEvent(writer, "output_item.done", $$""","output_index":0,"item":{{item}}""", sequence++);
        WriteResponsesEnd(writer, item, chunks, sequence);
        return writer.ToStream("Responses", "responses");

        static string Part(string text) => $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""";

        static string Item(string status, string content) =>
            $$"""{"id":"{{Id}}","type":"message","status":"{{status}}","content":[{{content}}],"role":"assistant"}""";
    }

    public static void WriteResponsesStart(EventWriter writer)
    {
        const string Response = $$"""{{ResponseHead}}"in_progress"{{ResponseFields}}[],"usage":null}""";
        WriteResponsesEvent(writer, "created", $$""","response":{{Response}}""", 0);
        WriteResponsesEvent(writer, "in_progress", $$""","response":{{Response}}""", 1);
    }

    public static void WriteResponsesEnd(EventWriter writer, string item, int tokens, int sequence)
    {
        string usage =
            $$"""{"input_tokens":14,"input_tokens_details":{"cached_tokens":0},"output_tokens":{{tokens}}"""
            + $$""","output_tokens_details":{"reasoning_tokens":0},"total_tokens":{{tokens + 14}}}""";
        string response = $$"""{{ResponseHead}}"completed"{{ResponseFields}}[{{item}}],"usage":{{usage}}}""";
        WriteResponsesEvent(writer, "completed", $$""","response":{{response}}""", sequence);
    }

    /// <summary>Google's Gemini API. Each chunk has the usage so far; chunks are longer than those of other providers.</summary>
    public static SampleStream Gemini(int chunks)
    {
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        for (int i = 1; i <= chunks; i++)
        {
            string text = string.Concat(Enumerable.Range(0, 4).Select(_ => vocabulary.NextToken()));
            string finish = i == chunks ? ",\"finishReason\": \"STOP\"" : "";
            writer.Text(
                text,
                $$$"""{"candidates": [{"content": {"parts": [{"text": "{{{EventWriter.Escape(text)}}}"}],"role": "model"}{{{finish}}}"""
                + $$""","index": 0}],"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": {{4 * i}}"""
                + $$""","totalTokenCount": {{(4 * i) + 9}},"promptTokensDetails": [{"modality": "TEXT","tokenCount": 9}]}"""
                + ""","modelVersion": "gemini-2.5-flash","responseId": "q7sNaZyHEbqlvdIP2Y7T8Qg"}""");
        }

        return writer.ToStream("Gemini", "gemini");
    }

    /// <summary>Cohere's Chat API, version 2.</summary>
    public static SampleStream Cohere(int chunks)
    {
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        writer.Event(
            """{"id":"7f3c1f0e-5b9a-4f0c-8c55-0f5f2b8a9d11","type":"message-start","delta":{"message":{"role":"assistant","content":[]"""
            + ""","tool_plan":"","tool_calls":[],"citations":[]}}}""",
            "event: message-start\n");
        writer.Event(
            """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}""", "event: content-start\n");
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            string message = $$$"""{"content":{"text":"{{{EventWriter.Escape(token)}}}"}}""";
            writer.Text(token, $$$"""{"type":"content-delta","index":0,"delta":{"message":{{{message}}}}}""", "event: content-delta\n");
        }

        string tokens = $$"""{"input_tokens":9,"output_tokens":{{chunks}}}""";
        writer.Event("""{"type":"content-end","index":0}""", "event: content-end\n");
        writer.Event(
            """{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":"""
            + $$$$"""{"billed_units":{{{{tokens}}}},"tokens":{{{{tokens}}}}}}}""",
            "event: message-end\n");
        return writer.ToStream("Cohere", "cohere");
    }

    /// <summary>Amazon Bedrock's ConverseStream: binary messages with checksums. The property <c>p</c> pads each.</summary>
    public static SampleStream Bedrock(int chunks)
    {
        const string Padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        Write("messageStart", """{"p":"abcdefghijklmnopqrstu","role":"assistant"}""");
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken(), padding = Padding[..(10 + ((i * 7) % (Padding.Length - 10)))];
            Write(
                "contentBlockDelta",
                $$$"""{"contentBlockIndex":0,"delta":{"text":"{{{EventWriter.Escape(token)}}}"},"p":"{{{padding}}}"}""",
                token);
        }

        Write("contentBlockStop", """{"contentBlockIndex":0,"p":"abcdefghijklmnopqrst"}""");
        Write("messageStop", """{"p":"abcdefghijklm","stopReason":"end_turn"}""");
        Write(
            "metadata",
            """{"metrics":{"latencyMs":812},"p":"abcdefg","usage":{"inputTokens":9,"outputTokens":"""
            + string.Create(CultureInfo.InvariantCulture, $"{chunks},\"totalTokens\":{chunks + 9}}}}}"));
        return writer.ToStream("Bedrock", "bedrock");

        void Write(string type, string json, string? text = null)
        {
            byte[] payload = Encoding.UTF8.GetBytes(json);
            writer.Frame(EventStreamMessage.Create(type, payload), payload.Length, text);
        }
    }

    /// <summary>Ollama's native API: a line of JSON for each token, with its time.</summary>
    public static SampleStream Ollama(int chunks)
    {
        const string Model = """{"model":"llama3.2:3b","created_at":"2026-11-26T08:""";
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Line(
                $$"""{{Head(i)}}"message":{"role":"assistant","content":"{{EventWriter.Escape(token)}}"},"done":false}""", token);
        }

        writer.Line(
            $$"""{{Head(chunks)}}"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":4883583458"""
            + ""","load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000"""
            + $$""","eval_count":{{chunks}},"eval_duration":4535599000}""");
        return writer.ToStream("Ollama", "ollama");

        static string Head(int number) => string.Create(
            CultureInfo.InvariantCulture,
            $"{Model}{number / 3000 % 60:00}:{number / 50 % 60:00}.{(number % 50 * 20_000) + 246:000000}Z\",");
    }

    private static void WriteResponsesEvent(EventWriter writer, string type, string fields, int sequence) => writer.Event(
        $$"""{"type":"response.{{type}}"{{fields}},"sequence_number":{{sequence}}}""", $"event: response.{type}\n");
}
