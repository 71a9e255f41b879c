namespace LlmStream.Operators.Stages;

/// <summary>
/// The state that an operator keeps for each choice, created when the choice first appears. Nearly always there is one choice, with
/// index 0.
/// </summary>
internal sealed class ChoiceStates<T>(Func<T> create)
    where T : class
{
    private readonly List<T> _all = [];
    private Dictionary<int, T>? _others;
    private T? _zero;

    /// <summary>The states of all choices, in order of appearance.</summary>
    public IReadOnlyList<T> All => _all;

    public T this[int index]
    {
        get
        {
            if (index == 0 && _zero is not null) return _zero;
            if (index != 0 && _others is not null && _others.TryGetValue(index, out T? known)) return known;

            T created = create();
            _all.Add(created);
            if (index == 0) _zero = created;
            else (_others ??= []).Add(index, created);
            return created;
        }
    }
}
