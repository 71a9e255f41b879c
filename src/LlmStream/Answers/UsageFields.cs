using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>The fields of a wire format's usage object, and the counts that they hold.</summary>
/// <param name="isCacheSeparate">Whether tokens that were read from or written to a cache are not part of the input count.</param>
/// <param name="isReasoningSeparate">Whether reasoning tokens are not part of the output count.</param>
internal sealed class UsageFields(bool isCacheSeparate = false, bool isReasoningSeparate = false) : IEnumerable
{
    private Field[] _fields = []; // replaced, not changed

    /// <summary>The fields of most formats, with the details that are nested in them.</summary>
    public static UsageFields Common { get; } = new()
    {
        { UsageCount.Input, "prompt_tokens", "input_tokens" },
        { UsageCount.Output, "completion_tokens", "output_tokens" },
        { UsageCount.Total, "total_tokens" },
        { UsageCount.Cached, "cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens" },
        { UsageCount.Reasoning, "reasoning_tokens" },
        { UsageCount.CacheCreation, "cache_creation_input_tokens" },
        { Details(UsageCount.InputAudio), "prompt_tokens_details", "input_tokens_details" },
        { Details(UsageCount.OutputAudio), "completion_tokens_details", "output_tokens_details" },
    };

    public bool IsCacheSeparate { get; } = isCacheSeparate;

    public bool IsReasoningSeparate { get; } = isReasoningSeparate;

    /// <summary>Adds names of fields that hold a count.</summary>
    public void Add(UsageCount count, params ReadOnlySpan<string> names) => Add(new Field([], count, null, false), names);

    /// <summary>Adds names of fields that hold an object with more counts.</summary>
    public void Add(UsageFields nested, params ReadOnlySpan<string> names) => Add(new Field([], default, nested, false), names);

    /// <summary>Adds names of fields that hold a list of <c>{modality, tokenCount}</c>, of which the audio tokens are read.</summary>
    public void AddModalities(UsageCount audio, params ReadOnlySpan<string> names) => Add(new Field([], audio, null, true), names);

    /// <summary>These fields and others. The first field of a name counts.</summary>
    public UsageFields And(UsageFields others)
    {
        var all = new UsageFields(IsCacheSeparate, IsReasoningSeparate);
        all._fields = [.. _fields, .. others._fields];
        return all;
    }

    /// <summary>Finds the field whose name the reader is on.</summary>
    public bool TryFind(ref Utf8JsonReader reader, [NotNullWhen(true)] out Field? field)
    {
        ReadOnlySpan<byte> name = reader.ValueSpan;
        bool isEscaped = reader.ValueIsEscaped;
        foreach (Field candidate in _fields)
        {
            if (!JsonText.AreEqual(name, isEscaped, candidate.Name)) continue;
            field = candidate;
            return true;
        }

        field = null;
        return false;
    }

    IEnumerator IEnumerable.GetEnumerator() => _fields.GetEnumerator();

    private static UsageFields Details(UsageCount audio) => new()
    {
        { UsageCount.Cached, "cached_tokens" },
        { UsageCount.Reasoning, "reasoning_tokens", "thinking_tokens" },
        { audio, "audio_tokens" },
    };

    private void Add(Field field, ReadOnlySpan<string> names)
    {
        foreach (string name in names) _fields = [.. _fields, field with { Name = Encoding.UTF8.GetBytes(name) }];
    }

    /// <param name="Name">The field's name, in UTF-8.</param>
    /// <param name="Count">The count that it holds.</param>
    /// <param name="Nested">The fields of the object that it holds, or null.</param>
    /// <param name="IsModalities">Whether it holds a list of counts by modality.</param>
    internal sealed record Field(byte[] Name, UsageCount Count, UsageFields? Nested, bool IsModalities);
}
