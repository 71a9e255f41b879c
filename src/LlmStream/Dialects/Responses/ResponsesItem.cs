using System.Text.Json;
using LlmStream.Answers;

namespace LlmStream.Dialects.Responses;

/// <summary>How an item of a response's output is handled.</summary>
internal enum ResponsesItemKind
{
    Message,
    Reasoning,

    /// <summary>A call of a function or a custom tool that the application runs.</summary>
    ToolCall,

    /// <summary>Anything else: calls of built-in tools, and unknown types. Passed on unchanged.</summary>
    Opaque,
}

/// <summary>An item of a response's output during streaming: which parts of it have been received.</summary>
/// <remarks>
/// A server sends everything up to four times: as deltas, at the end of the part, at the end of the item, and at the end of the
/// response. A part is identified by its kind and index at the first two levels, which use the same index. At the last two it is
/// identified by its kind and its order among the parts that came, never by its place in the list: vLLM and Bedrock count
/// <c>content_index</c> on over all items.
/// </remarks>
internal sealed class ResponsesItem(int number, ResponsesItemKind kind, int outputIndex, byte[] id)
{
    /// <summary>Far above any real item; without a limit, a stream of empty parts could exhaust the memory.</summary>
    private const int MaxParts = 4096;

    private readonly List<ResponsesPart> _parts = [];

    /// <summary>The item's position in the order of arrival. The provider's index may be missing, or the same for all.</summary>
    public int Number { get; } = number;

    public ResponsesItemKind Kind { get; } = kind;

    public int OutputIndex { get; } = outputIndex;

    /// <summary>The provider's id of the item, as raw JSON.</summary>
    public byte[] Id { get; } = id;

    /// <summary>The provider's type of the item, or the default for its kind if the provider has not sent one.</summary>
    public string Type { get; set; } = kind switch
    {
        ResponsesItemKind.Message => "message",
        ResponsesItemKind.Reasoning => "reasoning",
        ResponsesItemKind.ToolCall => "function_call",
        _ => "",
    };

    /// <summary>The provider's id of a call, which some gateways keep while the other ids change; null if none came.</summary>
    public string? CallId { get; set; }

    /// <summary>Whether its start or its end has been received, not only deltas.</summary>
    public bool IsBegun { get; set; }

    /// <summary>Whether the complete item has been received.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether anything of the item has been received besides its start.</summary>
    public bool HasCome => IsDone || HasArguments || _parts.Exists(static part => part.HasContent);

    /// <summary>Whether the id and the name of a call have been passed on.</summary>
    public bool IsNamed { get; set; }

    /// <summary>Whether any arguments of a call have been received.</summary>
    public bool HasArguments { get; set; }

    /// <summary>An item that is passed on unchanged, as it began; until it is done.</summary>
    public JsonElement? Begun { get; set; }

    /// <summary>Fields of such an item that ended before it.</summary>
    public Dictionary<string, string>? Fields { get; private set; }

    /// <summary>Notes a field of such an item that has ended.</summary>
    public void SetField(string name, string value) => (Fields ??= new(StringComparer.Ordinal))[name] = value;

    /// <summary>Whether any part of this kind has content.</summary>
    public bool HasAny(ResponsesPartKind kind)
    {
        int position = 0;
        while (NextPart(kind, ref position, _parts.Count) is { } part)
        {
            if (part.HasContent) return true;
        }

        return false;
    }

    /// <summary>The number of parts.</summary>
    public int PartCount => _parts.Count;

    /// <summary>The parts of a kind, in the order in which they came.</summary>
    public List<ResponsesPart> PartsOf(ResponsesPartKind kind) => _parts.FindAll(part => part.Kind == kind);

    /// <summary>Finds the next part of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="position">The position from which on it is searched for; then the one after it.</param>
    /// <param name="end">The position before which it is.</param>
    /// <returns>Null if there is none.</returns>
    public ResponsesPart? NextPart(ResponsesPartKind kind, ref int position, int end)
    {
        while (position < end)
        {
            if (_parts[position++] is var part && part.Kind == kind) return part;
        }

        return null;
    }

    /// <summary>The part that a delta belongs to. If the part with its index has ended, another one begins.</summary>
    public ResponsesPart PartOfDelta(ResponsesPartKind kind, int index) =>
        Find(kind, index) is { Level: ResponsesLevel.Delta } part ? part : Add(kind, index);

    /// <summary>The part that ends with its whole content, at the level of the content or of the part.</summary>
    public ResponsesPart PartOfWhole(ResponsesPartKind kind, int index, ResponsesLevel level) =>
        Find(kind, index) ?? FindOther(kind, index, level) ?? Add(kind, index);

    /// <summary>The part that an annotation belongs to.</summary>
    public ResponsesPart PartOfAnnotation(int index) =>
        Find(ResponsesPartKind.Text, index) ?? _parts.FindLast(static part => part.Kind == ResponsesPartKind.Text)
        ?? Add(ResponsesPartKind.Text, index);

    /// <exception cref="AnswerTooLargeException">There are too many parts.</exception>
    public ResponsesPart Add(ResponsesPartKind kind, int index)
    {
        if (_parts.Count == MaxParts) throw new AnswerTooLargeException($"An item of the answer has more than {MaxParts} parts");
        var part = new ResponsesPart(kind, index);
        _parts.Add(part);
        return part;
    }

    /// <summary>Finds the part that ends if none has the index.</summary>
    private ResponsesPart? FindOther(ResponsesPartKind kind, int index, ResponsesLevel level) =>
        // If the end has another index than the deltas: the first part that has not ended at this level.
        _parts.Find(part => part.Kind == kind && part.Level < level)
        // An end without an index, of a part that has ended at this level, repeats it.
        ?? (index < 0 ? _parts.FindLast(part => part.Kind == kind) : null);

    private ResponsesPart? Find(ResponsesPartKind kind, int index)
    {
        for (int i = _parts.Count - 1; i >= 0; i--) // it is nearly always the latest part
        {
            if (_parts[i] is var part && part.Kind == kind && part.Index == index) return part;
        }

        return null;
    }
}
