namespace LlmStream.Operators.Stages;

/// <summary>What an operator remembers of each choice. Nearly always there is one, and its index is 0.</summary>
internal sealed class PerChoice<T>(Func<T> create)
    where T : class
{
    private readonly List<T> _all = [];
    private Dictionary<int, T>? _others;
    private T? _zero;

    /// <summary>Those of the choices that have appeared, in the order in which they did.</summary>
    public IReadOnlyList<T> All => _all;

    public T this[int index]
    {
        get
        {
            if (index == 0 && _zero is not null) return _zero;
            if (index != 0 && _others is not null && _others.TryGetValue(index, out T? known)) return known;

            T made = create();
            _all.Add(made);
            if (index == 0) _zero = made;
            else (_others ??= []).Add(index, made);
            return made;
        }
    }
}
