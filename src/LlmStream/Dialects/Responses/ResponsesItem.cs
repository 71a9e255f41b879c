using System.Text;
using LlmStream.Answers;

namespace LlmStream.Dialects.Responses;

/// <summary>What an item of a response's output is to us.</summary>
internal enum ResponsesItemKind
{
    Message,
    Reasoning,

    /// <summary>A call of a function or of a custom tool, which the program is to run.</summary>
    ToolCall,

    /// <summary>Anything else: what the provider's own tools did, and what nobody has heard of. Passed on as it is.</summary>
    Opaque,
}

/// <summary>The parts of an item that come in pieces.</summary>
internal enum ResponsesPartKind
{
    Text,
    Refusal,
    Summary,
    Reasoning,
    Arguments,
}

/// <summary>One item of a response's output while it arrives: what of it has come.</summary>
/// <remarks>
/// A server says everything up to four times: in pieces, at the end of the part, at the end of the item, and at the end of the
/// response. The first that comes counts; a later one counts only for what has not come yet.
/// </remarks>
internal sealed class ResponsesItem(int number, ResponsesItemKind kind, int outputIndex, byte[] id)
{
    /// <summary>No item comes near it; without any limit a stream could fill the memory with parts that say nothing.</summary>
    private const int MaxParts = 4096;

    private readonly List<Part> _parts = [];

    /// <summary>The item's place among those that have appeared. No provider's word: theirs may be missing, or the same for all.</summary>
    public int Number { get; } = number;

    public ResponsesItemKind Kind { get; } = kind;

    public int OutputIndex { get; } = outputIndex;

    /// <summary>The provider's id of it, as it stands in JSON.</summary>
    public byte[] Id { get; } = id;

    /// <summary>What it is, and its id, by which it is told from others.</summary>
    public (string Type, string Id) Name => (Type, Encoding.UTF8.GetString(Id));

    /// <summary>The provider's word for what it is, where it has said.</summary>
    public string Type { get; set; } = kind switch
    {
        ResponsesItemKind.Message => "message",
        ResponsesItemKind.Reasoning => "reasoning",
        ResponsesItemKind.ToolCall => "function_call",
        _ => "",
    };

    /// <summary>Whether the item has come as a whole.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether anything of it has come.</summary>
    public bool HasCome => IsDone || _parts.Exists(part => part.HasCome);

    /// <summary>Whether a call's id and name have been passed on.</summary>
    public bool IsNamed { get; set; }

    /// <summary>Whether any part of this kind has come, wherever it stands.</summary>
    public bool HasAny(ResponsesPartKind kind) => _parts.Exists(part => part.Kind == kind && part.HasCome);

    /// <summary>Whether a part has come, or one that may be it since it did not say where it stands.</summary>
    public bool Has(ResponsesPartKind kind, int index) => _parts.Exists(part => part.Kind == kind && part.HasCome && (part.Index == index || part.Index < 0 || index < 0));

    /// <summary>Notes that something of a part has come.</summary>
    public void Take(ResponsesPartKind kind, int index) => Find(kind, index).HasCome = true;

    /// <summary>Counts an annotation of a part, unless it has come already.</summary>
    /// <param name="index">The place of the part in the item.</param>
    /// <param name="count">How many annotations of the part there are up to this one.</param>
    public bool TakeAnnotation(int index, int count)
    {
        Part part = Find(ResponsesPartKind.Text, index);
        if (count <= part.Annotations) return false;
        part.Annotations = count;
        return true;
    }

    /// <summary>How many annotations of a part have come.</summary>
    public int AnnotationsOf(int index) => Find(ResponsesPartKind.Text, index).Annotations;

    private Part Find(ResponsesPartKind kind, int index)
    {
        // The latest is nearly always the one.
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

/// <summary>The items of a response's output, as far as they have appeared.</summary>
internal sealed class ResponsesItems
{
    /// <summary>No answer comes near it; without any limit a stream could fill the memory with items that say nothing.</summary>
    private const int MaxItems = 4096;

    private readonly List<ResponsesItem> _all = [];

    public IReadOnlyList<ResponsesItem> All => _all;

    /// <summary>
    /// The item that an event speaks of: by place and id, else by either of them, else the latest of its kind, or the one that has neither. Some gateways give all items
    /// the same place, others the same id, others another id in each event; none has been seen to do all of that.
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

    /// <summary>The items that have an id, by it. Of several of one name, the first.</summary>
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
