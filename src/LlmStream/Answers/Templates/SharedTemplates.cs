namespace LlmStream.Answers.Templates;

/// <summary>What the streams of a client at one provider have learned about its events. Thread-safe.</summary>
/// <remarks>
/// Describing an event costs about as much as decoding it, and some providers send events that have no template. Therefore, after a number
/// of attempts, only some of the events that are decoded in full are described. If there is no room for another template, it replaces the
/// one that was not used for the longest time, if that is long: otherwise, templates that are all in use would replace each other.
/// </remarks>
internal sealed class SharedTemplates
{
    /// <summary>The maximum number of templates.</summary>
    public const int MaxTemplates = 64;

    private const int FreeAttempts = 512;
    private const int EventsPerAttempt = 16; // after that
    private const int StreamsUntilUnused = 64;

    private readonly object _lock = new();
    private volatile SharedTemplate[] _all = []; // replaced, not changed, as the tree is
    private volatile TemplateTree? _tree;
    private int _attempts;
    private int _skipped;
    private int _streams;
    private volatile bool _hasBegun;

    public TemplateHints Hints { get; } = new();

    /// <summary>
    /// Whether anything is to be learned already: not before a part of an answer has arrived. In a new process, the code that learns has
    /// to be compiled first, and the caller waits for that part.
    /// </summary>
    public bool HasBegun => _hasBegun;

    /// <summary>The templates.</summary>
    public SharedTemplate[] All => _all;

    /// <summary>Finds the template of an event.</summary>
    /// <inheritdoc cref="TemplateTree.Find(string, ReadOnlySpan{byte}, Span{SlotValue})"/>
    public SharedTemplate? Find(string eventType, ReadOnlySpan<byte> json, Span<SlotValue> values)
    {
        if (_tree?.Find(eventType, json, values) is not { } template) return null;
        int now = _streams;
        if (template.LastUse != now) template.LastUse = now; // a write that is not needed would slow down other processors
        return template;
    }

    /// <summary>Notes that a part of an answer has arrived.</summary>
    public void Begin() => _hasBegun = true;

    /// <summary>Notes that another stream begins.</summary>
    public void NoteStream() => Interlocked.Increment(ref _streams);

    /// <summary>Whether the next event that is decoded in full is to be described.</summary>
    public bool MayLearn() => _attempts < FreeAttempts || Interlocked.Increment(ref _skipped) % EventsPerAttempt == 0;

    /// <summary>Adds the template of an event.</summary>
    /// <param name="template">The template; null if the event has none.</param>
    /// <param name="json">The event.</param>
    public void Add(SharedTemplate? template, ReadOnlySpan<byte> json)
    {
        lock (_lock)
        {
            _attempts++;
            if (template is null) return;
            // Not every event is compared with the templates, and another stream may have added it at the same time.
            if (_tree?.Find(template.EventType, json, SlotValues.OfThread) is not null) return;
            template.LastUse = _streams;
            SharedTemplate[] all = _all;
            if (all.Length < MaxTemplates) all = [.. all, template];
            else
            {
                int oldest = 0;
                for (int i = 1; i < all.Length; i++)
                {
                    if (_streams - all[i].LastUse > _streams - all[oldest].LastUse) oldest = i;
                }

                if (_streams - all[oldest].LastUse < StreamsUntilUnused) return;
                all = [.. all];
                all[oldest] = template;
            }

            _tree = new TemplateTree(all);
            _all = all;
        }
    }
}
