using System.Net.ServerSentEvents;

namespace LlmStream.Compatibility;

/// <summary>
/// Creates events. The setters of <see cref="SseItem{T}"/> have another signature in the package's build for .NET Standard than in that
/// for later frameworks, which this build is used with in tests: a call that is compiled works with one of them only.
/// </summary>
internal static class SseItems
{
    public static SseItem<T> Create<T>(T data, string eventType, string? eventId, TimeSpan? reconnectionInterval)
    {
        var item = new SseItem<T>(data, eventType);
        if (eventId is not null) Setters<T>.EventId(ref item, eventId);
        if (reconnectionInterval is not null) Setters<T>.ReconnectionInterval(ref item, reconnectionInterval);
        return item;
    }

    private delegate void Setter<T, in TValue>(ref SseItem<T> item, TValue value);

    private static class Setters<T>
    {
        public static readonly Setter<T, string?> EventId = Get<string?>(nameof(SseItem<>.EventId));

        public static readonly Setter<T, TimeSpan?> ReconnectionInterval = Get<TimeSpan?>(nameof(SseItem<>.ReconnectionInterval));

        private static Setter<T, TValue> Get<TValue>(string name) =>
            (Setter<T, TValue>)typeof(SseItem<T>).GetProperty(name)!.GetSetMethod()!.CreateDelegate(typeof(Setter<T, TValue>));
    }
}
