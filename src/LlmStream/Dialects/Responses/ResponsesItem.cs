using System.Text;
using LlmStream.Answers;

namespace LlmStream.Dialects.Responses;

/// <summary>How an item of a response's output is handled.</summary>
internal enum ResponsesItemKind
{
    Message,
    Reasoning,

    /// <summary>A call of a function or a custom tool that the application runs.</summary>
    ToolCall,

    /// <summary>Anything else: output of the provider's own tools, and unknown types. Passed on unchanged.</summary>
    Opaque,
}

/// <summary>The kinds of parts whose content is streamed.</summary>
internal enum ResponsesPartKind
{
    Text,
    Refusal,
    Summary,
    Reasoning,
    Arguments,
}

/// <summary>An item of a response's output during streaming: which parts of it have been received.</summary>
/// <remarks>
/// A server sends everything up to four times: as deltas, at the end of the part, at the end of the item, and at the end of the
/// response. The first occurrence is used; a later one only adds what has not been received yet.
/// </remarks>
internal sealed class ResponsesItem(int number, ResponsesItemKind kind, int outputIndex, byte[] id)
{
    /// <summary>Far above any real item; without a limit, a stream of empty parts could exhaust the memory.</summary>
    private const int MaxParts = 4096;

    private readonly List<Part> _parts = [];

    /// <summary>The item's position in the order of arrival. The provider's index may be missing, or the same for all.</summary>
    public int Number { get; } = number;

    public ResponsesItemKind Kind { get; } = kind;

    public int OutputIndex { get; } = outputIndex;

    /// <summary>The provider's id of the item, as raw JSON.</summary>
    public byte[] Id { get; } = id;

    /// <summary>The type and the id, which together identify the item.</summary>
    public (string Type, string Id) Name => (Type, Encoding.UTF8.GetString(Id));

    /// <summary>The provider's type of the item, or the default for its kind if the provider has not sent one.</summary>
    public string Type { get; set; } = kind switch
    {
        ResponsesItemKind.Message => "message",
        ResponsesItemKind.Reasoning => "reasoning",
        ResponsesItemKind.ToolCall => "function_call",
        _ => "",
    };

    /// <summary>Whether the complete item has been received.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether anything of the item has been received.</summary>
    public bool HasCome => IsDone || _parts.Exists(part => part.HasCome);

    /// <summary>Whether the id and the name of a call have been passed on.</summary>
    public bool IsNamed { get; set; }

    /// <summary>Whether any part of this kind has been received, at any index.</summary>
    public bool HasAny(ResponsesPartKind kind) => _parts.Exists(part => part.Kind == kind && part.HasCome);

    /// <summary>Whether a part has been received, or one without an index that may be the same part.</summary>
    public bool Has(ResponsesPartKind kind, int index) =>
        _parts.Exists(part => part.Kind == kind && part.HasCome && (part.Index == index || part.Index < 0 || index < 0));

    /// <summary>Records that content of a part has been received.</summary>
    public void Take(ResponsesPartKind kind, int index) => Find(kind, index).HasCome = true;

    /// <summary>Counts an annotation of a part, unless it has already been received.</summary>
    /// <param name="index">The index of the part in the item.</param>
    /// <param name="count">The number of annotations of the part up to and including this one.</param>
    public bool TakeAnnotation(int index, int count)
    {
        Part part = Find(ResponsesPartKind.Text, index);
        if (count <= part.Annotations) return false;
        part.Annotations = count;
        return true;
    }

    /// <summary>The number of annotations of a part that have been received.</summary>
    public int AnnotationsOf(int index) => Find(ResponsesPartKind.Text, index).Annotations;

    private Part Find(ResponsesPartKind kind, int index)
    {
        // It is nearly always the latest part.
        for (int i = _parts.Count - 1; i >= 0; i--)
        {
            if (_parts[i].Kind == kind && _parts[i].Index == index) return _parts[i];
        }

        if (_parts.Count == MaxParts) throw new AnswerTooLargeException($"An item of the answer has more than {MaxParts} parts");
        var part = new Part(kind, index);
        _parts.Add(part);
        return part;
    }

    private sealed class Part(ResponsesPartKind kind, int index)
    {
        public ResponsesPartKind Kind { get; } = kind;

        public int Index { get; } = index;

        public bool HasCome { get; set; }

        public int Annotations { get; set; }
    }
}

/// <summary>The items of a response's output that have been received so far.</summary>
internal sealed class ResponsesItems
{
    /// <summary>Far above any real answer; without a limit, a stream of empty items could exhaust the memory.</summary>
    private const int MaxItems = 4096;

    private readonly List<ResponsesItem> _all = [];

    public IReadOnlyList<ResponsesItem> All => _all;

    /// <summary>
    /// Finds the item that an event refers to: by index and id, else by one of them, else the latest of its kind, or the one that has
    /// neither. Some gateways give all items the same index, others the same id, others a different id in each event; none has been
    /// seen to do all of that.
    /// </summary>
    public ResponsesItem? Find(ResponsesItemKind kind, int outputIndex, ReadOnlySpan<byte> id)
    {
        ResponsesItem? byId = null, byIndex = null, nameless = null, latest = null;
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            ResponsesItem item = _all[i];
            if (item.Kind != kind) continue;
            bool isIndex = outputIndex >= 0 && item.OutputIndex == outputIndex;
            bool isId = !id.IsEmpty && id.SequenceEqual(item.Id);
            if (isIndex && (isId || id.IsEmpty)) return item;
            if (isId) byId ??= item;
            if (isIndex) byIndex ??= item;
            if (item is { OutputIndex: < 0, Id.Length: 0, IsDone: false }) nameless ??= item;
            latest ??= item;
        }

        return byId ?? byIndex ?? (outputIndex < 0 && id.IsEmpty ? latest : nameless);
    }

    /// <summary>The items that have an id, by type and id. If several have the same, the first.</summary>
    public Dictionary<(string Type, string Id), ResponsesItem> ByName()
    {
        Dictionary<(string Type, string Id), ResponsesItem> known = [];
        foreach (ResponsesItem item in _all)
        {
            if (item.Id.Length > 0) known.TryAdd(item.Name, item);
        }

        return known;
    }

    public ResponsesItem Add(ResponsesItemKind kind, int outputIndex, ReadOnlySpan<byte> id)
    {
        if (_all.Count == MaxItems) throw new AnswerTooLargeException($"The answer has more than {MaxItems} items");
        var item = new ResponsesItem(_all.Count, kind, outputIndex, id.ToArray());
        _all.Add(item);
        return item;
    }
}
