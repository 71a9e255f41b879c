using System.Globalization;
using System.Text;
using LlmStream.Tests.Dialects.Bedrock;

namespace LlmStream.Tests.Reading;

/// <summary>
/// Generates random streams, in forms that providers use and in unusual ones: fields besides the answer change sometimes, or always,
/// and text that looks like the answer occurs elsewhere.
/// </summary>
internal sealed class RandomEventStream
{
    private const int EventsEach = 120;

    private static readonly string[] Words =
    [
        "the", " sky", " is", "blue", ",", ".", "\\n", "\\\"quoted\\\"", "\\\\", "\\/", "光", "的散射", "é", "😀", "\\ud83d", "\\ude00", "\\ud83d\\ude00", "\\u00e9", "\\u0000", "\\t",
        "\\\"content\\\":\\\"not this\\\"", "{\\\"choices\\\":[]}", "[DONE]", "data: ", "x", "a longer piece of text that comes in one chunk", "</think>", "null", "\\u000A", "\u2028", "\u007F",
    ];

    // Values that are rare or invalid within a JSON string.
    private static readonly byte[][] BadText = [[0xFF], [0xC3], [0xF0, 0x9F, 0x98], [0x80], [0x01], [0x00], [(byte)'\t'], "\\x"u8.ToArray(), "\\u12"u8.ToArray(), "\\u12g4"u8.ToArray(), "\""u8.ToArray()];

    private static readonly string[] Odd =
    [
        ": comment\n\n", ":\n\n", "event: ping\ndata: {}\n\n", "data:\n\n", "data: \n\n", "\n", "\r\n\r\n", "retry: 10\n\n", "id: 5\n\n", "foo: bar\n\n", "data: {\"choices\":[]}\r\r", "event: x\n\n",
        "data: {\"choices\":\ndata: []}\n\n", "data: {\"choices\":[]}\ndata: {\"choices\":[]}\n\n", "data:{\"choices\":[]}\n\n", " data: {\"x\":1}\n\n", "data: null\n\n", "data: {\"object\":\"x\"}\n\n",
        "event: message\ndata: {\"choices\":[]}\n\n", "event:\ndata: {\"choices\":[]}\n\n", ": a\n: b\nid: 1\nretry: 3\nevent: y\ndata: {\"choices\":[]}\n: c\n\n", "\uFEFFdata: {\"choices\":[]}\n\n",
    ];

    private static readonly string[] OddLines =
    [
        "\n", "\r\n", "{}\n", "null\n", "data: {\"done\":false}\n", "{\"model\":\"m\",\"message\":{\"content\":\"x\"},\"done\":false} ", " ", "[DONE]\n", "{\"done\":false,\n", "{\n\"done\":false}\n",
    ];

    private static readonly string[] Endings =
    [
        "{\"error\":{\"message\":\"broken\",\"code\":\"server_error\"}}", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}],\"error\":\"no\"}", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}}", "not json", "{\"code\":\"Throttling\",\"message\":\"later\"}", "{\"ErrorMsg\":{\"Msg\":\"no\",\"Code\":1}}",
    ];

    private readonly MemoryStream _bytes = new();
    private readonly Random _random;
    private readonly RandomEventForm _form;

    private RandomEventStream(Random random, RandomEventForm form)
    {
        _random = random;
        _form = form;
    }

    public ChatDialect Dialect => _form.Dialect;

    /// <summary>The number of events before the end.</summary>
    public int Events { get; private set; }

    /// <summary>The number of those that have the form of the stream, most of them in a row.</summary>
    public int PlainEvents { get; private set; }

    /// <summary>One stream of each form, with nothing odd in it.</summary>
    public static IEnumerable<RandomEventStream> PlainOnes
    {
        get
        {
            foreach (RandomEventForm form in RandomEventForm.All)
            {
                var stream = new RandomEventStream(new Random(form.Json.Length), form);
                foreach (string opening in form.Openings) stream.AddEvent(opening);
                for (int i = 0; i < EventsEach; i++) stream.AddPlain(form.Json, i, "a piece");
                yield return stream;
            }
        }
    }

    public static RandomEventStream Create(Random random)
    {
        RandomEventForm chosen = RandomEventForm.All[random.Next(RandomEventForm.All.Count)];
        string form = chosen.Json;
        string[] forms = [form, .. chosen.Alike.Where(_ => random.Next(6) == 0).Select(other => other.Json)];
        var stream = new RandomEventStream(random, chosen);
        bool isTidy = random.Next(4) == 0;
        if (isTidy || random.Next(4) > 0)
        {
            foreach (string opening in chosen.Openings) stream.AddEvent(opening);
        }

        for (int i = 0; i < EventsEach; i++)
        {
            int die = isTidy ? 99 : random.Next(100);
            if (die < 4) stream.AddOdd();
            else if (die < 8) stream.AddEvent(Fill(form, i, random, "").Replace("<T>", "", StringComparison.Ordinal));
            else if (die < 11) stream.AddEvent(Broken(Fill(form, i, random, "x"), random));
            else if (die < 14) stream.AddEvent(Fill(form, i, random, Text(random)).Replace("\"index\":0", $"\"index\":{random.Next(3)}", StringComparison.Ordinal));
            else if (die == 14) stream.AddEvent(chosen.Others[random.Next(chosen.Others.Count)]);
            else if (die == 15) stream.AddBadText(form, i);
            else if (die == 16 && random.Next(4) == 0) stream.AddEnding();
            else stream.AddPlain(forms[random.Next(10) == 0 ? random.Next(forms.Length) : 0], i, Text(random));
        }

        if (random.Next(3) > 0) stream.AddEvent(chosen.Finish);
        if (random.Next(3) > 0 && chosen.IsSse) stream.AddEvent("[DONE]");
        return stream;
    }

    public byte[] ToBytes() => _bytes.ToArray();

    private static string Fill(string form, int i, Random random, string text)
    {
        var filled = new StringBuilder();
        for (int at = 0; at < form.Length; at++)
        {
            string? value = form.AsSpan(at).StartsWith("<T>", StringComparison.Ordinal) ? text
                : form.AsSpan(at).StartsWith("<N>", StringComparison.Ordinal) ? (i * 3).ToString(CultureInfo.InvariantCulture)
                : form.AsSpan(at).StartsWith("<S>", StringComparison.Ordinal) ? (random.Next(40) == 0 ? random.Next(i + 1) : i).ToString(CultureInfo.InvariantCulture)
                : form.AsSpan(at).StartsWith("<D>", StringComparison.Ordinal) ? $"2026-11-26T10:00:{i % 60:00}.{random.Next(1, 1_000_000)}Z"
                : form.AsSpan(at).StartsWith("<C>", StringComparison.Ordinal) ? (1730371200 + (i / 30)).ToString(CultureInfo.InvariantCulture)
                : form.AsSpan(at).StartsWith("<P>", StringComparison.Ordinal) ? new string('p', random.Next(12)) + (random.Next(9) == 0 ? "\\\"" : "")
                : form.AsSpan(at).StartsWith("<X>", StringComparison.Ordinal) ? (random.Next(30) == 0 ? 4294967297 : random.Next(12)).ToString(CultureInfo.InvariantCulture)
                : form.AsSpan(at).StartsWith("<W>", StringComparison.Ordinal) ? new string(' ', random.Next(12))
                : form.AsSpan(at).StartsWith("<F>", StringComparison.Ordinal) ? (i / 8.0).ToString(random.Next(5) == 0 ? "E2" : "F2", CultureInfo.InvariantCulture)
                : null;
            filled.Append(value ?? form[at].ToString());
            if (value is not null) at += 2;
        }

        return filled.ToString();
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Words[random.Next(Words.Length)]));

    /// <summary>The event with other values in the same form, or in another form.</summary>
    private static string Broken(string json, Random random) => random.Next(11) switch
    {
        0 => json.Replace("null", "\"stop\"", StringComparison.Ordinal),
        1 => json.Replace("null", "{}", StringComparison.Ordinal),
        2 => json.Replace(":0", ":-1", StringComparison.Ordinal),
        3 => json.Replace(":12", ":12.0", StringComparison.Ordinal),
        4 => json.Replace("\"content\":", "\"refusal\":", StringComparison.Ordinal),
        5 => json.Replace("{\"id\"", "{ \"id\"", StringComparison.Ordinal),
        6 => json.Replace("STOP", "MAX_TOKENS", StringComparison.Ordinal),
        7 => json.Replace("TEXT", "AUDIO", StringComparison.Ordinal),
        8 => json.Replace("\"text\":", "\"thinking\":", StringComparison.Ordinal),
        9 => json.Replace("true", "false", StringComparison.Ordinal),
        _ => json.Replace("\"assistant\"", "\"tool\"", StringComparison.Ordinal),
    };

    private void AddPlain(string form, int i, string text)
    {
        PlainEvents++;
        AddEvent(Fill(form, i, _random, text));
    }

    private void AddEvent(string json) => AddEvent(Encoding.UTF8.GetBytes(json));

    private void AddEvent(byte[] json)
    {
        Events++;
        if (_form.Framing == RandomEventFraming.EventStream)
        {
            int space = Array.IndexOf(json, (byte)' ');
            bool hasType = space > 0 && json[0] != (byte)'{';
            byte[] headers = EventStream.Header(":event-type", hasType ? Encoding.UTF8.GetString(json, 0, space) : "contentBlockDelta");
            _bytes.Write(EventStream.Message(headers, hasType ? json[(space + 1)..] : json));
            return;
        }

        if (Dialect == ChatDialect.Cohere && _form.Framing == RandomEventFraming.ServerSentEvents) Write("event: content-delta\n");
        if (Dialect == ChatDialect.DashScope) Write($"id:{Events}\nevent:result\n:HTTP_STATUS/200\ndata:");
        else if (_form.Framing == RandomEventFraming.ServerSentEvents) Write("data: ");
        else if (_form.Framing == RandomEventFraming.TypedServerSentEvents) Write($"event: {(_random.Next(50) == 0 ? "other" : "content_block_delta")}\ndata: ");
        else if (_form.Framing == RandomEventFraming.Array) Write(Events == 1 ? "[" : ",\r\n");
        _bytes.Write(json);
        if (_form.IsSse) Write(_random.Next(20) == 0 ? "\r\n\r\n" : "\n\n");
        else if (_form.Framing == RandomEventFraming.Lines) Write(_random.Next(20) == 0 ? "\r\n" : "\n");
    }

    /// <summary>Something between the events. A JSON array has only white space there.</summary>
    private void AddOdd()
    {
        if (_form.IsSse) Write(Odd[_random.Next(Odd.Length)]);
        else if (Dialect == ChatDialect.Ollama) Write(OddLines[_random.Next(OddLines.Length)]);
        else if (Events > 0 && _form.Framing != RandomEventFraming.EventStream) Write(_random.Next(2) == 0 ? "\n" : " \r\n\t");
    }

    private void AddBadText(string form, int i)
    {
        byte[] before = Encoding.UTF8.GetBytes(Fill(form, i, _random, "\u0002"));
        int place = Array.IndexOf(before, (byte)2);
        AddEvent(place < 0 ? before : [.. before[..place], .. BadText[_random.Next(BadText.Length)], .. before[(place + 1)..]]);
    }

    private void AddEnding() => AddEvent(Endings[_random.Next(Endings.Length)]);

    private void Write(string text) => _bytes.Write(Encoding.UTF8.GetBytes(text));
}
