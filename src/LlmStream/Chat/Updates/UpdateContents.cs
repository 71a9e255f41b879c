using System.Collections;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>
/// The contents of an update. Nearly all updates have one, for which a <see cref="List{T}"/> would need an array. While there is one, the
/// list is its own first enumerator, so that a loop over it allocates nothing.
/// </summary>
/// <remarks>
/// Invariant: <c>_list</c> is null while <c>single</c> is the only content; after that it has all contents. <c>_position</c> is that of
/// the enumerator.
/// </remarks>
internal sealed class UpdateContents(AIContent single) : IList<AIContent>, IReadOnlyList<AIContent>, IEnumerator<AIContent>
{
    private const int Unused = 0;
    private const int Before = 1;
    private const int On = 2;
    private const int After = 3;

    private List<AIContent>? _list;
    private int _position;

    public int Count => _list?.Count ?? 1;

    public bool IsReadOnly => false;

    public AIContent this[int index]
    {
        get
        {
            if (_list is not null) return _list[index];
            return index == 0 ? single : throw new ArgumentOutOfRangeException(nameof(index));
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
        return single.Equals(item) ? 0 : -1;
    }

    public bool Contains(AIContent item) => IndexOf(item) >= 0;

    public void CopyTo(AIContent[] array, int arrayIndex)
    {
        if (_list is not null) _list.CopyTo(array, arrayIndex);
        else array[arrayIndex] = single;
    }

    public IEnumerator<AIContent> GetEnumerator() =>
        _list is not null ? _list.GetEnumerator()
        : Interlocked.CompareExchange(ref _position, Before, Unused) == Unused ? this
        : new UpdateContents(single) { _position = Before };

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    AIContent IEnumerator<AIContent>.Current => single;

    object IEnumerator.Current => single;

    bool IEnumerator.MoveNext()
    {
        if (_position < After) _position++;
        return _position == On;
    }

    void IEnumerator.Reset() => _position = Before;

    void IDisposable.Dispose()
    {
        // It is not reused: a caller that kept the enumerator must not share it with another loop.
    }

    private List<AIContent> ToList() => _list ??= [single];
}
