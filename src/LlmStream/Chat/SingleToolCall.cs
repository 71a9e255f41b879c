using System.Collections;
using System.Diagnostics;

namespace LlmStream.Chat;

/// <summary>
/// A list of one fragment of a tool call, as nearly all deltas with tool calls have it. It is its own first enumerator, so that a loop
/// over it allocates nothing.
/// </summary>
internal sealed class SingleToolCall(ToolCallDelta call) : IReadOnlyList<ToolCallDelta>, IEnumerator<ToolCallDelta>
{
    private const int Unused = 0;
    private const int Before = 1;
    private const int On = 2;
    private const int After = 3;

    private int _position;

    public ToolCallDelta Call { get; } = call;

    public int Count => 1;

    public ToolCallDelta Current
    {
        get
        {
            Debug.Assert(_position == On, "There is no current element");
            return Call;
        }
    }

    object IEnumerator.Current => Current;

    public ToolCallDelta this[int index] => index == 0 ? Call : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<ToolCallDelta> GetEnumerator() =>
        Interlocked.CompareExchange(ref _position, Before, Unused) == Unused ? this : new SingleToolCall(Call) { _position = Before };

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext()
    {
        if (_position < After) _position++;
        return _position == On;
    }

    public void Reset() => _position = Before;

    public void Dispose()
    {
        // It is not reused: a caller that kept the enumerator must not share it with another loop.
    }
}
