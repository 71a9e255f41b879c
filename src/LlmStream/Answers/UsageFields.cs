using System.Collections;
using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>The fields of a wire format's usage object, by the figures that they hold.</summary>
internal sealed class UsageFields : IEnumerable
{
    private readonly List<Field> _fields = [];

    /// <summary>The names of most formats, with the details that are nested in them.</summary>
    public static UsageFields Common { get; } = new()
    {
        { UsageFigure.Input, "prompt_tokens", "input_tokens" },
        { UsageFigure.Output, "completion_tokens", "output_tokens" },
        { UsageFigure.Total, "total_tokens" },
        { UsageFigure.Cached, "cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens" },
        { UsageFigure.Reasoning, "reasoning_tokens" },
        { UsageFigure.CacheCreation, "cache_creation_input_tokens" },
        { Details(UsageFigure.InputAudio), "prompt_tokens_details", "input_tokens_details" },
        { Details(UsageFigure.OutputAudio), "completion_tokens_details", "output_tokens_details" },
    };

    /// <summary>Adds names of fields that hold a figure.</summary>
    public void Add(UsageFigure figure, params ReadOnlySpan<string> names) => Add(new Field([], figure, null, false), names);

    /// <summary>Adds names of fields that hold an object with more figures.</summary>
    public void Add(UsageFields nested, params ReadOnlySpan<string> names) => Add(new Field([], default, nested, false), names);

    /// <summary>Adds names of fields that hold a list of <c>{modality, tokenCount}</c>, of which the audio tokens are a figure.</summary>
    public void AddModalities(UsageFigure audio, params ReadOnlySpan<string> names) => Add(new Field([], audio, null, true), names);

    /// <summary>All of these fields, and those of another list.</summary>
    public UsageFields And(UsageFields others)
    {
        var all = new UsageFields();
        all._fields.AddRange(_fields);
        all._fields.AddRange(others._fields);
        return all;
    }

    /// <summary>Finds the field whose name the reader is on.</summary>
    public bool TryFind(ref Utf8JsonReader reader, out Field field)
    {
        foreach (Field candidate in _fields)
        {
            if (!reader.Is(candidate.Name)) continue;
            field = candidate;
            return true;
        }

        field = default;
        return false;
    }

    IEnumerator IEnumerable.GetEnumerator() => _fields.GetEnumerator();

    private static UsageFields Details(UsageFigure audio) => new()
    {
        { UsageFigure.Cached, "cached_tokens" },
        { UsageFigure.Reasoning, "reasoning_tokens", "thinking_tokens" },
        { audio, "audio_tokens" },
    };

    private void Add(Field field, ReadOnlySpan<string> names)
    {
        foreach (string name in names) _fields.Add(field with { Name = Encoding.UTF8.GetBytes(name) });
    }

    /// <param name="Name">The field's name, in UTF-8.</param>
    /// <param name="Figure">The figure that it holds.</param>
    /// <param name="Nested">The fields of the object that it holds, or null.</param>
    /// <param name="IsModalities">Whether it holds a list of counts by modality.</param>
    internal readonly record struct Field(byte[] Name, UsageFigure Figure, UsageFields? Nested, bool IsModalities);
}
