namespace LlmStream.Answers.Templates;

/// <summary>What the streams of a client at one provider have learned about its events. Thread-safe.</summary>
internal sealed class SharedTemplates
{
    /// <summary>The maximum number of templates. The first ones are kept.</summary>
    public const int MaxTemplates = 64;

    // Creating a template costs about as much as decoding an event. Some providers send no event that could have one.
    private const int MaxAttempts = 1024;

    private readonly object _lock = new();
    private volatile SharedTemplate[] _all = []; // replaced, not changed
    private int _attempts;

    public TemplateHints Hints { get; } = new();

    /// <summary>The templates, in the order in which they were learned, which is that of the events of a stream.</summary>
    public SharedTemplate[] All => _all;

    /// <summary>Whether another template may be created.</summary>
    public bool MayLearn => _attempts < MaxAttempts && _all.Length < MaxTemplates;

    /// <summary>Adds the template of an event.</summary>
    /// <param name="template">The template; null if the event has none.</param>
    /// <param name="eventType">The type of the event.</param>
    /// <param name="json">The event.</param>
    /// <param name="isFirst">Whether it is the first event of its stream.</param>
    public void Add(SharedTemplate? template, string eventType, ReadOnlySpan<byte> json, bool isFirst)
    {
        lock (_lock)
        {
            _attempts++;
            if (template is null || _all.Length == MaxTemplates) return;
            template.IsFirst = isFirst;
            // Not all templates are tried for each event, and another stream may have added it at the same time.
            Span<SlotValue> values = stackalloc SlotValue[TemplateRecorder.MaxSlots];
            foreach (SharedTemplate known in _all)
            {
                if (known.Event.Match(eventType, json, latestNumber: -1, values) != json.Length) continue;
                known.IsFirst |= isFirst;
                return;
            }

            _all = [.. _all, template];
        }
    }
}
