using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// Writes the arguments of a call as JSON from the pieces in which Vertex AI streams them: each has a path such as
/// <c>$.list[0].name</c> (RFC 9535) and a value. A string may be split over several pieces.
/// </summary>
/// <remarks>
/// Invariant: the text written so far is the start of a JSON object. <c>_open</c> holds the objects and arrays that are open in it,
/// outermost first; <c>_string</c> is the path of a string that is open in the innermost of them, or null.
/// </remarks>
internal sealed class GeminiArguments
{
    private const int MaxDepth = 64;

    private readonly List<Container> _open = [];
    private string? _string;

    /// <summary>Adds the list of pieces that the reader is on.</summary>
    /// <exception cref="JsonException">A piece belongs to an object or array that has been closed, or its path is invalid.</exception>
    public void Append(ref Utf8JsonReader pieces, ArrayBufferWriter<byte> text)
    {
        while (pieces.NextObject())
        {
            string? path = null;
            Utf8JsonReader value = default;
            bool hasValue = false;
            while (pieces.NextProperty())
            {
                if (pieces.Is("jsonPath"u8) || pieces.Is("json_path"u8)) path = pieces.ReadString();
                else
                {
                    bool isNull = pieces.Is("nullValue"u8) || pieces.Is("null_value"u8);
                    bool isValue = isNull || pieces.Is("stringValue"u8) || pieces.Is("string_value"u8)
                        || pieces.Is("numberValue"u8) || pieces.Is("number_value"u8)
                        || pieces.Is("boolValue"u8) || pieces.Is("bool_value"u8);
                    pieces.Read();
                    // "NULL_VALUE" means null.
                    if (isValue && (isNull || pieces.TokenType != JsonTokenType.Null))
                    {
                        value = isNull ? default : pieces;
                        hasValue = true;
                    }

                    pieces.Skip();
                }
            }

            if (path is not null && hasValue) Add(path, ref value, text);
        }
    }

    /// <summary>Ends the object.</summary>
    public void Close(ArrayBufferWriter<byte> text)
    {
        CloseString(text);
        if (_open.Count == 0) text.Write("{}"u8);
        CloseTo(0, text);
    }

    private void Add(string path, ref Utf8JsonReader value, ArrayBufferWriter<byte> text)
    {
        bool isString = value.TokenType == JsonTokenType.String;
        if (isString && string.Equals(path, _string, StringComparison.Ordinal))
        {
            text.Write(value.ValueSpan);
            return;
        }

        CloseString(text);
        List<Step> steps = Parse(path);
        if (steps.Count == 0) return;
        if (_open.Count == 0)
        {
            _open.Add(new Container(default, isArray: false));
            text.Write("{"u8);
        }

        // The common prefix with the previous path is already open.
        int depth = 0;
        while (depth < steps.Count - 1 && depth + 1 < _open.Count && _open[depth + 1].Step == steps[depth]) depth++;
        CloseTo(depth + 1, text);
        for (; depth < steps.Count; depth++)
        {
            _open[depth].Begin(steps[depth], text);
            if (depth == steps.Count - 1) break;
            bool isArray = steps[depth + 1].Name is null;
            _open.Add(new Container(steps[depth], isArray));
            text.Write(isArray ? "["u8 : "{"u8);
        }

        if (isString)
        {
            text.Write("\""u8);
            _string = path;
        }

        text.Write(value.TokenType == JsonTokenType.None ? "null"u8 : value.ValueSpan);
    }

    private void CloseString(ArrayBufferWriter<byte> text)
    {
        if (_string is null) return;
        text.Write("\""u8);
        _string = null;
    }

    private void CloseTo(int count, ArrayBufferWriter<byte> text)
    {
        while (_open.Count > count)
        {
            text.Write(_open[^1].IsArray ? "]"u8 : "}"u8);
            _open.RemoveAt(_open.Count - 1);
        }
    }

    /// <summary>The steps of a path: <c>.name</c>, <c>['name']</c>, <c>["name"]</c> and <c>[0]</c>.</summary>
    private static List<Step> Parse(string path)
    {
        var steps = new List<Step>();
        int at = path.StartsWith('$') ? 1 : 0;
        while (at < path.Length)
        {
            if (steps.Count == MaxDepth) throw NoPath(path);
            if (path[at] != '[')
            {
                int start = path[at] == '.' ? at + 1 : at;
                int end = path.AsSpan(start).IndexOfAny('.', '[');
                at = end < 0 ? path.Length : start + end;
                if (at == start) throw NoPath(path);
                steps.Add(new Step(path[start..at], 0));
                continue;
            }

            char quote = at + 1 < path.Length ? path[at + 1] : '\0';
            bool isQuoted = quote is '\'' or '"';
            int close = path.IndexOf(isQuoted ? $"{quote}]" : "]", at + (isQuoted ? 2 : 1), StringComparison.Ordinal);
            if (close < 0) throw NoPath(path);
            if (isQuoted) steps.Add(new Step(path[(at + 2)..close].Replace($"\\{quote}", quote.ToString(), StringComparison.Ordinal), 0));
            else if (int.TryParse(path.AsSpan((at + 1)..close), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                steps.Add(new Step(null, index));
            else throw NoPath(path);
            at = close + (isQuoted ? 2 : 1);
        }

        return steps;
    }

    private static JsonException NoPath(string path) => new($"'{path}' is not a path to an argument");

    /// <summary>A name in an object, or an index in an array if there is no name.</summary>
    private readonly record struct Step(string? Name, int Index);

    private sealed class Container(Step step, bool isArray)
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private int _count;

        public Step Step { get; } = step;

        public bool IsArray { get; } = isArray;

        /// <summary>Writes what precedes a value.</summary>
        public void Begin(Step step, ArrayBufferWriter<byte> text)
        {
            bool isNext = IsArray ? step.Name is null && step.Index == _count : step.Name is not null && _names.Add(step.Name);
            if (!isNext)
                throw new JsonException($"The argument '{step.Name ?? step.Index.ToString(CultureInfo.InvariantCulture)}' is out of order");
            if (_count++ > 0) text.Write(","u8);
            if (IsArray) return;
            text.Write("\""u8);
            text.Write(
                JsonEncodedText.Encode(step.Name!, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
            text.Write("\":"u8);
        }
    }
}
