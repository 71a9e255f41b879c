using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Reading;

/// <summary>
/// Computes the answer in the first bytes of a transcript independently of the reader: the payload of each line, where it ends, and
/// what it adds. It supports only the transcripts of the cut tests: one payload per line, one choice.
/// </summary>
internal sealed class EventOracle
{
    private readonly List<Payload> _payloads = [];
    private readonly bool _isCumulative;
    private readonly bool _markerCounts;
    private readonly byte[] _bytes;

    private EventOracle(byte[] bytes, bool isCumulative, bool markerCounts) =>
        (_bytes, _isCumulative, _markerCounts) = (bytes, isCumulative, markerCounts);

    public static EventOracle Of(byte[] bytes, ChatDialect dialect, bool isCumulative)
    {
        var oracle = new EventOracle(bytes, isCumulative, markerCounts: dialect != ChatDialect.Responses);
        int start = bytes.AsSpan().StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? 3 : 0;
        while (start < bytes.Length)
        {
            int length = bytes.AsSpan(start).IndexOfAny((byte)'\r', (byte)'\n');
            int end = length < 0 ? bytes.Length : start + length;
            oracle.Add(bytes.AsSpan(start, end - start), end, dialect);
            start = end + 1;
        }

        return oracle;
    }

    /// <summary>The answer in the complete events of the first bytes, and whether they signal that it is complete.</summary>
    public (string Text, string Reasoning, string Arguments, bool IsComplete) At(int cut)
    {
        string text = "", reasoning = "";
        SortedDictionary<int, string> tools = [];
        bool finished = false, reopened = false, understood = false, done = false;
        foreach (Payload payload in _payloads.TakeWhile(payload => payload.End <= cut))
        {
            text = Grow(text, payload.Text);
            reasoning = Grow(reasoning, payload.Reasoning);
            foreach ((int key, string arguments) in payload.Arguments) tools[key] = Grow(tools.GetValueOrDefault(key, ""), arguments);
            reopened |= finished && (payload.Text.Length > 0 || payload.Reasoning.Length > 0 || payload.Arguments.Count > 0);
            finished |= payload.IsFinish;
            understood |= !payload.IsDone;
            done |= payload.IsDone;
        }

        // Once text has followed a finish reason, the answer must not end within an event.
        bool isFinished = finished && !(reopened && IsWithinEvent(cut));
        return (text, reasoning, string.Join('|', tools.Values), isFinished || (done && understood && _markerCounts));

        string Grow(string sofar, string piece) => !_isCumulative ? sofar + piece : piece.Length > 0 ? piece : sofar;
    }

    private bool IsWithinEvent(int cut)
    {
        ReadOnlySpan<byte> line = _bytes.AsSpan(0, cut);
        line = line[(line.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)..];
        bool isData = line.SequenceEqual("data"u8) || line.StartsWith("data:"u8);
        ReadOnlySpan<byte> payload = line.StartsWith("data:"u8) ? line["data:"u8.Length..].Trim((byte)' ') : line.StartsWith("{"u8) ? line : [];
        return payload.IsEmpty ? isData : !JsonSyntax.IsValid(payload); // a field whose value is empty begins an event, too
    }

    private void Add(ReadOnlySpan<byte> line, int end, ChatDialect dialect)
    {
        ReadOnlySpan<byte> payload = line.StartsWith("data:"u8) ? line["data:"u8.Length..].Trim((byte)' ') : line;
        if (payload.SequenceEqual("[DONE]"u8)) _payloads.Add(new Payload(end, IsDone: true));
        else if (payload.StartsWith("{"u8)) _payloads.Add(Read(end, payload, dialect));
    }

    private static Payload Read(int end, ReadOnlySpan<byte> json, ChatDialect dialect)
    {
        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetString(json));
        JsonElement chunk = document.RootElement;
        if (dialect == ChatDialect.Anthropic) return OfEvent(end, chunk);
        if (dialect == ChatDialect.Responses) return OfResponse(end, chunk);
        if (dialect == ChatDialect.DashScope)
        {
            JsonElement output = chunk.GetProperty("output");
            if (Get(output, "choices") is not { } choices) return new Payload(end) { Text = Text(output, "text"), IsFinish = IsFinish(output, "finish_reason") };
            return OfMessage(end, choices[0].GetProperty("message"), IsFinish(choices[0], "finish_reason"));
        }

        if (dialect == ChatDialect.Gemini) return OfCandidate(end, chunk);
        if (dialect == ChatDialect.Ollama) return OfOllama(end, chunk);
        if (dialect == ChatDialect.Cohere) return OfCohere(end, chunk);
        bool isHunyuan = dialect == ChatDialect.Hunyuan;
        if (Get(chunk, isHunyuan ? "Choices" : "choices") is not { } list || list.GetArrayLength() == 0) return new Payload(end);
        JsonElement choice = list[0];
        if (Get(choice, isHunyuan ? "Delta" : "delta") is not { } delta) return new Payload(end);
        if (!isHunyuan) return OfMessage(end, delta, IsFinish(choice, "finish_reason"));
        return new Payload(end) { Text = Text(delta, "Content"), Reasoning = Text(delta, "ReasoningContent"), IsFinish = IsFinish(choice, "FinishReason") };
    }

    /// <summary>Anthropic's events: the last two signal the end, and a call without arguments has an empty object.</summary>
    private static Payload OfEvent(int end, JsonElement json)
    {
        if (Text(json, "type") is "message_stop") return new Payload(end, IsDone: true);
        if (Get(json, "content_block") is { } block && Text(block, "type") is "tool_use")
            return new Payload(end) { Arguments = { (json.GetProperty("index").GetInt32(), "") } };
        if (Get(json, "delta") is not { } delta) return new Payload(end);
        if (Text(delta, "stop_reason") is { Length: > 0 }) return new Payload(end) { IsFinish = true };
        var payload = new Payload(end) { Text = Text(delta, "text"), Reasoning = Text(delta, "thinking") };
        if (Text(delta, "type") is "input_json_delta") payload.Arguments.Add((json.GetProperty("index").GetInt32(), Text(delta, "partial_json")));
        return payload;
    }

    /// <summary>Both versions. Of the final event of version 1 only its type counts.</summary>
    private static Payload OfCohere(int end, JsonElement line)
    {
        string type = Text(line, "type") + Text(line, "event_type");
        if (type is "message-end" or "stream-end") return new Payload(end) { IsFinish = true };
        if (type is "text-generation") return new Payload(end) { Text = Text(line, "text") };
        if (type is "tool-calls-chunk")
        {
            var chunk = new Payload(end);
            if (Get(line, "tool_call_delta") is { } call) chunk.Arguments.Add((call.GetProperty("index").GetInt32(), Text(call, "parameters")));
            return chunk;
        }

        if (Get(line, "delta") is not { } delta || Get(delta, "message") is not { } message) return new Payload(end);
        if (type is "tool-call-start" or "tool-call-delta")
        {
            var payload = new Payload(end);
            payload.Arguments.Add((line.GetProperty("index").GetInt32(), Text(message.GetProperty("tool_calls").GetProperty("function"), "arguments")));
            return payload;
        }

        return type is "content-delta"
            ? new Payload(end) { Text = Text(message.GetProperty("content"), "text"), Reasoning = Text(message.GetProperty("content"), "thinking") }
            : new Payload(end);
    }

    private static Payload OfOllama(int end, JsonElement line)
    {
        JsonElement message = Get(line, "message") ?? line;
        var payload = new Payload(end)
        {
            Text = Text(message, "content") + Text(message, "response"),
            Reasoning = Text(message, "thinking"),
            IsFinish = line.GetProperty("done").GetBoolean(),
        };
        if (Get(message, "tool_calls") is not { } tools) return payload;
        // Each is a separate call. The end of its line is a unique number.
        foreach (JsonElement tool in tools.EnumerateArray()) payload.Arguments.Add((end + payload.Arguments.Count, tool.GetProperty("function").GetProperty("arguments").GetRawText()));
        return payload;
    }

    private static Payload OfResponse(int end, JsonElement e)
    {
        string type = Text(e, "type");
        var payload = new Payload(end)
        {
            Text = type == "response.output_text.delta" ? Text(e, "delta") : "",
            Reasoning = type is "response.reasoning_summary_text.delta" or "response.reasoning_text.delta" ? Text(e, "delta") : "",
            IsFinish = type is "response.completed" or "response.incomplete",
        };
        if (type == "response.function_call_arguments.delta") payload.Arguments.Add((e.GetProperty("output_index").GetInt32(), Text(e, "delta")));
        else if (type == "response.output_item.added" && Text(e.GetProperty("item"), "type") == "function_call") payload.Arguments.Add((e.GetProperty("output_index").GetInt32(), ""));
        return payload;
    }

    private static Payload OfMessage(int end, JsonElement message, bool isFinish)
    {
        var payload = new Payload(end)
        {
            Text = Text(message, "content"),
            Reasoning = Text(message, "reasoning_content") + Text(message, "reasoning") + (Get(message, "content") is { } content ? Thinking(content) : ""),
            IsFinish = isFinish,
        };
        if (Get(message, "tool_calls") is not { } tools) return payload;
        foreach (JsonElement tool in tools.EnumerateArray())
            payload.Arguments.Add((tool.GetProperty("index").GetInt32(), tool.GetProperty("function").GetProperty("arguments").GetString()!));
        return payload;
    }

    private static Payload OfCandidate(int end, JsonElement chunk)
    {
        JsonElement candidate = chunk.GetProperty("candidates")[0];
        JsonElement[] parts = Get(candidate, "content") is { } content && Get(content, "parts") is { } list ? [.. list.EnumerateArray()] : [];
        var payload = new Payload(end)
        {
            Text = string.Concat(parts.Where(part => Get(part, "thought") is null).Select(part => Text(part, "text"))),
            Reasoning = string.Concat(parts.Where(part => Get(part, "thought") is not null).Select(part => Text(part, "text"))),
            IsFinish = IsFinish(candidate, "finishReason"),
        };
        // Each call is complete. The offset of its end distinguishes it from the others.
        for (int i = 0; i < parts.Length; i++)
        {
            if (Get(parts[i], "functionCall") is not { } call) continue;
            payload.Arguments.Add(((end * 16) + i, Get(call, "args") is { } arguments ? arguments.GetRawText().Replace(": ", ":", StringComparison.Ordinal).Replace(", ", ",", StringComparison.Ordinal) : "{}"));
        }

        return payload;
    }

    private static JsonElement? Get(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement element, string name) => Get(element, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part => Text(part, "text"))),
        _ => "",
    };

    private static string Thinking(JsonElement content) => content.ValueKind != JsonValueKind.Array ? ""
        : string.Concat(content.EnumerateArray().Select(part => Text(part, "thinking")));

    private static bool IsFinish(JsonElement element, string name) => Text(element, name) is not ("" or "null");

    private sealed record Payload(int End, bool IsDone = false)
    {
        public string Text { get; init; } = "";

        public string Reasoning { get; init; } = "";

        public bool IsFinish { get; init; }

        public List<(int Key, string Arguments)> Arguments { get; } = [];
    }
}
