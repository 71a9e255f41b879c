using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LlmStream.Compatibility;

/// <summary>The members of collections that .NET Standard 2.0 lacks.</summary>
internal static class CollectionExtensions
{
    extension<TKey, TValue>(KeyValuePair<TKey, TValue> pair)
    {
        public void Deconstruct(out TKey key, out TValue value)
        {
            key = pair.Key;
            value = pair.Value;
        }
    }

    extension<TKey, TValue>(IReadOnlyDictionary<TKey, TValue> dictionary)
    {
        public TValue? GetValueOrDefault(TKey key) => dictionary.TryGetValue(key, out TValue? value) ? value : default;

        public TValue GetValueOrDefault(TKey key, TValue defaultValue) =>
            dictionary.TryGetValue(key, out TValue? value) ? value : defaultValue;
    }

    extension<TKey, TValue>(IDictionary<TKey, TValue> dictionary)
    {
        public bool TryAdd(TKey key, TValue value)
        {
            if (dictionary.ContainsKey(key)) return false;
            dictionary.Add(key, value);
            return true;
        }

        public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value)
        {
            dictionary.TryGetValue(key, out value);
            return dictionary.Remove(key);
        }
    }

    extension<TKey, TValue>(ConcurrentDictionary<TKey, TValue> dictionary)
        where TKey : notnull
    {
        public TValue GetOrAdd<TState>(TKey key, Func<TKey, TState, TValue> create, TState state) =>
            dictionary.GetOrAdd(key, k => create(k, state));
    }

    extension<TKey, TValue>(ReadOnlyDictionary<TKey, TValue>)
        where TKey : notnull
    {
        public static ReadOnlyDictionary<TKey, TValue> Empty => new(new Dictionary<TKey, TValue>());
    }

    extension(Array)
    {
        public static void Clear(Array array) => Array.Clear(array, 0, array.Length);
    }

    extension<T>(Queue<T> queue)
    {
        public bool TryPeek([MaybeNullWhen(false)] out T item)
        {
            bool hasItem = queue.Count > 0;
            item = hasItem ? queue.Peek() : default;
            return hasItem;
        }

        public bool TryDequeue([MaybeNullWhen(false)] out T item)
        {
            bool hasItem = queue.Count > 0;
            item = hasItem ? queue.Dequeue() : default;
            return hasItem;
        }
    }

    extension<T>(List<T> list)
    {
        public void AddRange(ReadOnlySpan<T> items)
        {
            foreach (T item in items) list.Add(item);
        }
    }

    extension<T>(IEnumerable<T> items)
    {
        public HashSet<T> ToHashSet() => [.. items];

        public HashSet<T> ToHashSet(IEqualityComparer<T>? comparer) => new(items, comparer);

        public IEnumerable<T> Order(IComparer<T>? comparer = null) => items.OrderBy(static item => item, comparer);

        public IEnumerable<(T First, TSecond Second)> Zip<TSecond>(IEnumerable<TSecond> second) =>
            items.Zip(second, static (first, other) => (first, other));
    }

    extension<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> pairs)
        where TKey : notnull
    {
        public Dictionary<TKey, TValue> ToDictionary(IEqualityComparer<TKey>? comparer) =>
            pairs.ToDictionary(static pair => pair.Key, static pair => pair.Value, comparer);
    }
}

/// <summary>Compares references.</summary>
internal sealed class ReferenceEqualityComparer : IEqualityComparer<object?>
{
    public static ReferenceEqualityComparer Instance { get; } = new();

    public new bool Equals(object? x, object? y) => ReferenceEquals(x, y);

    public int GetHashCode(object? obj) => RuntimeHelpers.GetHashCode(obj);
}

/// <summary>Combines hash codes.</summary>
internal static class HashCode
{
    public static int Combine(params object?[] values)
    {
        int hash = 17;
        foreach (object? value in values) hash = unchecked((hash * 31) + (value?.GetHashCode() ?? 0));
        return hash;
    }
}
