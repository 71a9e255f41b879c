using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>The items of a response's output that have been received so far.</summary>
/// <remarks>
/// <para>
/// An item is identified by its <c>output_index</c>. Ids are used only if there is no index, or if several items of a kind have the same
/// index (a gateway gave all of them 0): Copilot sends a different id of the same item in each event (github.com/vercel/ai/pull/18548),
/// others the same id for all items. An item that is done receives nothing more under another id.
/// </para>
/// <para>
/// In the output of the complete response, the index is the position. Some servers leave items out there, so that an id, if it is the
/// same, or the id of a call takes precedence.
/// </para>
/// </remarks>
internal sealed class ResponsesItems
{
    /// <summary>Far above any real answer; without a limit, a stream of empty items could exhaust the memory.</summary>
    private const int MaxItems = 4096;

    private readonly List<ResponsesItem> _all = [];

    public IReadOnlyList<ResponsesItem> All => _all;

    /// <summary>
    /// Finds the item that an event refers to: by index and id, else by one of them; without either, the latest of its kind, or the one
    /// that has neither.
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
            // Another item with the same id.
            bool isOther = outputIndex >= 0 && item.OutputIndex >= 0 && !isIndex && item.IsDone;
            if (isId && !isOther) byId ??= item;
            if (isIndex) byIndex ??= item;
            if (item is { OutputIndex: < 0, Id.Length: 0, IsDone: false }) nameless ??= item;
            latest ??= item;
        }

        if (byIndex is { IsDone: true } && byId is not null) return byId;
        return byIndex ?? byId ?? (outputIndex < 0 && id.IsEmpty ? latest : nameless);
    }

    /// <summary>Finds the item that an <c>output_item.added</c> event begins, if deltas of it came before; otherwise adds it.</summary>
    public ResponsesItem Begin(ResponsesItemKind kind, int outputIndex, ReadOnlySpan<byte> id)
    {
        ResponsesItem? item = Find(kind, outputIndex, id);
        bool isSame = item is not null && (item.Id.AsSpan().SequenceEqual(id) || !item.IsBegun)
            && (outputIndex < 0 || item.OutputIndex < 0 || item.OutputIndex == outputIndex);
        return isSame && !(item!.IsDone && id.IsEmpty) ? item : Add(kind, outputIndex, id);
    }

    /// <summary>Finds the item that an <c>output_item.done</c> event ends, or adds it.</summary>
    public ResponsesItem End(ResponsesItemKind kind, int outputIndex, ReadOnlySpan<byte> id, in JsonSlice callId)
    {
        ResponsesItem? item = Find(kind, outputIndex, id);
        if (callId.IsText && item?.CallId is { } known && !JsonText.AreEqual(callId.Raw, callId.IsEscaped, known))
            item = FindCall(kind, callId.Decode());
        return item is null || (item.IsDone && !item.Id.AsSpan().SequenceEqual(id)) ? Add(kind, outputIndex, id) : item;
    }

    /// <summary>Finds the item for each object in the output of a complete response; null for a new one.</summary>
    public ResponsesItem?[] Match(List<JsonElement> output)
    {
        if (output.Count > MaxItems) throw TooMany();
        var matched = new ResponsesItem?[output.Count];
        var free = new HashSet<ResponsesItem>(_all);
        string[] types = [.. output.Select(item => item.Text("type") ?? "")];
        byte[][] ids = [.. output.Select(IdOf)];
        string?[] callIds = [.. output.Select(item => item.Text("call_id"))];
        ILookup<string, ResponsesItem> byId = _all.Where(item => item.Id.Length > 0)
            .ToLookup(item => Key(item.Type, item.Id), StringComparer.Ordinal);
        ILookup<string, ResponsesItem> byCall = _all.Where(item => item.CallId is not null)
            .ToLookup(item => item.CallId!, StringComparer.Ordinal);
        ILookup<int, ResponsesItem> byIndex = _all.Where(item => item.OutputIndex >= 0).ToLookup(item => item.OutputIndex);
        ILookup<string, ResponsesItem> byType = _all.Where(item => item.HasCome || item.IsBegun)
            .ToLookup(item => item.Type, StringComparer.Ordinal);

        Pass(i => byId[Key(types[i], ids[i])].Where(item => item.OutputIndex == i));
        Pass(i => callIds[i] is { } callId ? byCall[callId] : []);
        Pass(i => byId[Key(types[i], ids[i])]);
        bool isAll = _all.TrueForAll(item => item.OutputIndex < output.Count);
        if (isAll) Pass(i => byIndex[i].Where(item => item.Type == types[i]));
        Dictionary<string, Queue<ResponsesItem>> rest = byType.ToDictionary(
            group => group.Key, group => new Queue<ResponsesItem>(group.Where(free.Contains)), StringComparer.Ordinal);
        Pass(i => rest.TryGetValue(types[i], out Queue<ResponsesItem>? items) && items.TryDequeue(out ResponsesItem? item) ? [item] : []);
        return matched;

        void Pass(Func<int, IEnumerable<ResponsesItem>> candidates)
        {
            for (int i = 0; i < matched.Length; i++)
            {
                if (matched[i] is not null || candidates(i).FirstOrDefault(free.Contains) is not { } item) continue;
                matched[i] = item;
                free.Remove(item);
            }
        }

        static string Key(string type, byte[] id) => $"{type} {Convert.ToBase64String(id)}";
    }

    /// <summary>
    /// Whether the item at this place in the output of a complete response is the one that was received at this place, with its index,
    /// type, and id. If all are, each index occurs once, so that <see cref="Match"/> would find each by the first of its criteria.
    /// </summary>
    public bool IsAt(int place, in ResponsesItemFields fields) =>
        place < _all.Count && _all[place] is { Id.Length: > 0 } item && item.OutputIndex == place
        && fields.Id.SequenceEqual(item.Id) && string.Equals(item.Type, fields.Type, StringComparison.Ordinal);

    private ResponsesItem? FindCall(ResponsesItemKind kind, string callId) =>
        _all.FindLast(item => item.Kind == kind && item.CallId == callId);

    /// <summary>The id of an item, which Bedrock sends as <c>item_id</c> in a complete item.</summary>
    private static byte[] IdOf(JsonElement item) => item.Bytes("id") is { Length: > 0 } id ? id : item.Bytes("item_id");

    public ResponsesItem Add(ResponsesItemKind kind, int outputIndex, ReadOnlySpan<byte> id)
    {
        if (_all.Count == MaxItems) throw TooMany();
        var item = new ResponsesItem(_all.Count, kind, outputIndex, id.ToArray());
        _all.Add(item);
        return item;
    }

    private static AnswerTooLargeException TooMany() => new($"The answer has more than {MaxItems} items");
}
