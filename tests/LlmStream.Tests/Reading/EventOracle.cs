using System.Text;
using System.Text.Json;

namespace LlmStream.Tests.Reading;

/// <summary>
/// What the first bytes of a transcript say, worked out without the reader: each line's payload, where it ends, and
/// what it adds. It understands only what the transcripts of the cut tests hold: one payload a line, one choice.
/// </summary>
internal sealed class EventOracle
{
    private readonly List<Payload> _payloads = [];
    private readonly bool _isCumulative;
    private readonly bool _markerCounts;

    private EventOracle(bool isCumulative, bool markerCounts) => (_isCumulative, _markerCounts) = (isCumulative, markerCounts);

    public static EventOracle Of(byte[] bytes, ChatDialect dialect, bool isCumulative)
    {
        var oracle = new EventOracle(isCumulative, markerCounts: dialect != ChatDialect.Responses);
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

    /// <summary>The answer that the whole events of the first bytes make, and whether they hold the signal of its end.</summary>
    public (string Text, string Reasoning, string Arguments, bool IsComplete) At(int cut)
    {
        string text = "", reasoning = "";
        SortedDictionary<int, string> tools = [];
        bool finished = false, understood = false, done = false;
        foreach (Payload payload in _payloads.TakeWhile(payload => payload.End <= cut))
        {
            text = Grow(text, payload.Text);
            reasoning = Grow(reasoning, payload.Reasoning);
            foreach ((int key, string arguments) in payload.Arguments) tools[key] = Grow(tools.GetValueOrDefault(key, ""), arguments);
            finished |= payload.IsFinish;
            understood |= !payload.IsDone;
            done |= payload.IsDone;
        }

        return (text, reasoning, string.Join('|', tools.Values), finished || (done && understood && _markerCounts));

        string Grow(string sofar, string piece) => !_isCumulative ? sofar + piece : piece.Length > 0 ? piece : sofar;
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
        if (dialect == ChatDialect.Responses) return OfResponse(end, chunk);
        if (dialect == ChatDialect.DashScope)
        {
            JsonElement output = chunk.GetProperty("output");
            if (Get(output, "choices") is not { } choices) return new Payload(end) { Text = Text(output, "text"), IsFinish = IsFinish(output, "finish_reason") };
            return OfMessage(end, choices[0].GetProperty("message"), IsFinish(choices[0], "finish_reason"));
        }

        bool isHunyuan = dialect == ChatDialect.Hunyuan;
        if (Get(chunk, isHunyuan ? "Choices" : "choices") is not { } list || list.GetArrayLength() == 0) return new Payload(end);
        JsonElement choice = list[0];
        if (Get(choice, isHunyuan ? "Delta" : "delta") is not { } delta) return new Payload(end);
        if (!isHunyuan) return OfMessage(end, delta, IsFinish(choice, "finish_reason"));
        return new Payload(end) { Text = Text(delta, "Content"), Reasoning = Text(delta, "ReasoningContent"), IsFinish = IsFinish(choice, "FinishReason") };
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
