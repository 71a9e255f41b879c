using System.Collections;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>The contents of an update. Nearly all updates have one, for which a <see cref="List{T}"/> would need an array.</summary>
/// <remarks>Invariant: <c>_list</c> is null while there is exactly one content, <c>_single</c>; after that it has all of them.</remarks>
internal sealed class UpdateContents(AIContent first) : IList<AIContent>, IReadOnlyList<AIContent>
{
    private AIContent? _single = first;
    private List<AIContent>? _list;

    public int Count => _list?.Count ?? 1;

    public bool IsReadOnly => false;

    public AIContent this[int index]
    {
        get
        {
            if (_list is not null) return _list[index];
            return index == 0 ? _single! : throw new ArgumentOutOfRangeException(nameof(index));
        }
        set => ToList()[index] = value;
    }

    public void Add(AIContent item) => ToList().Add(item);

    public void Insert(int index, AIContent item) => ToList().Insert(index, item);

    public bool Remove(AIContent item) => ToList().Remove(item);

    public void RemoveAt(int index) => ToList().RemoveAt(index);

    public void Clear() => ToList().Clear();

    // What only reads must not change the fields: an update may be read by several threads.
    public int IndexOf(AIContent item)
    {
        if (_list is not null) return _list.IndexOf(item);
        return _single!.Equals(item) ? 0 : -1;
    }

    public bool Contains(AIContent item) => IndexOf(item) >= 0;

    public void CopyTo(AIContent[] array, int arrayIndex)
    {
        if (_list is not null) _list.CopyTo(array, arrayIndex);
        else array[arrayIndex] = _single!;
    }

    public IEnumerator<AIContent> GetEnumerator() => _list is null ? EnumerateSingle() : _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerator<AIContent> EnumerateSingle()
    {
        yield return _single!;
    }

    private List<AIContent> ToList()
    {
        if (_list is not null) return _list;
        _list = [_single!];
        _single = null;
        return _list;
    }
}
