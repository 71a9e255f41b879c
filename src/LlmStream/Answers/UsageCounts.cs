using System.Buffers.Text;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using LlmStream.Answers.Templates;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>
/// The latest value of each <see cref="UsageCount"/>. Providers send running totals, so a later value replaces the earlier one;
/// values are never added. A 0 after another value is ignored: it means that the event does not count this
/// (<c>"input_tokens":0</c> in the last event, as some gateways send it).
/// </summary>
internal struct UsageCounts
{
    private const int CommonCount = (int)UsageCount.CacheCreation + 1;
    private const int RareCount = (int)UsageCount.EvalDuration + 1 - CommonCount;
    private const long Unknown = -1;

    private static readonly (UsageCount Count, string Name)[] Additional =
    [
        (UsageCount.InputAudio, "input_audio_tokens"),
        (UsageCount.OutputAudio, "output_audio_tokens"),
        (UsageCount.CacheCreation, "cache_creation_input_tokens"),
        (UsageCount.ToolUse, "tool_use_prompt_tokens"),
        (UsageCount.BilledInput, "billed_input_tokens"),
        (UsageCount.BilledOutput, "billed_output_tokens"),
        (UsageCount.BilledSearches, "billed_search_units"),
        (UsageCount.TotalDuration, "total_duration"),
        (UsageCount.LoadDuration, "load_duration"),
        (UsageCount.PromptEvalDuration, "prompt_eval_duration"),
        (UsageCount.EvalDuration, "eval_duration"),
    ];

    private CommonValues _common; // up to CacheCreation
    private long[]? _rare; // the others, of which 0 says nothing; null if none is above 0, as in nearly all streams
    private UsageFields? _fields; // of the format, whose counts may exclude one another

    public UsageCounts()
    {
        for (int i = 0; i < CommonCount; i++) _common[i] = Unknown;
    }

    /// <summary>Whether any count is known.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Whether there are counts that were not reported yet.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>The counts, which are regarded as reported then.</summary>
    public UsageDetails Report()
    {
        HasChanges = false;
        return ToDetails();
    }

    /// <summary>The counts as Microsoft.Extensions.AI defines them. A total is calculated if the provider sends none.</summary>
    public readonly UsageDetails ToDetails()
    {
        UsageDetails details = ToReportedDetails();
        // No request has no input: some gateways send 0 for what they do not count.
        if (details.InputTokenCount == 0) details.InputTokenCount = null;
        if (details.TotalTokenCount is null or 0)
            details.TotalTokenCount = details.InputTokenCount + details.OutputTokenCount;
        return details;
    }

    /// <summary>The same without a total if the provider sent none.</summary>
    public readonly UsageDetails ToReportedDetails() => new()
    {
        // Microsoft.Extensions.AI: cached tokens are part of the input, and reasoning tokens part of the output.
        InputTokenCount = _fields is { IsCacheSeparate: true }
            ? Sum(Get(UsageCount.Input), Get(UsageCount.Cached), Get(UsageCount.CacheCreation))
            : Get(UsageCount.Input),
        OutputTokenCount = _fields is { IsReasoningSeparate: true }
            ? Sum(Get(UsageCount.Output), Get(UsageCount.Reasoning))
            : Get(UsageCount.Output),
        TotalTokenCount = Get(UsageCount.Total),
        CachedInputTokenCount = Get(UsageCount.Cached),
        ReasoningTokenCount = Get(UsageCount.Reasoning),
        AdditionalCounts = GetAdditional(),
    };

    /// <summary>Reads the usage object that the reader is on. The reader ends on the last token of the object.</summary>
    /// <returns>Whether there is an object with a count.</returns>
    public bool Read(ref Utf8JsonReader reader, UsageFields fields, TemplateRecorder recorder)
    {
        // Into a copy, because nothing of a malformed object may be kept.
        UsageCounts counts = this;
        counts._rare = (long[]?)_rare?.Clone();
        if (!UsageReader.Read(ref reader, fields, ref counts, recorder)) return false;
        counts._fields = fields;
        this = counts;
        return true;
    }

    public void Set(UsageCount count, long value)
    {
        Debug.Assert(value >= 0, "Counts are not negative");
        if (value == 0 && Get(count) > 0) return;
        if ((int)count < CommonCount) _common[(int)count] = value;
        else if (value > 0) (_rare ??= new long[RareCount])[(int)count - CommonCount] = value;
        IsKnown = HasChanges = true;
    }

    /// <summary>Sets a count of a format.</summary>
    public void Set(UsageCount count, long value, UsageFields fields)
    {
        _fields = fields;
        Set(count, value);
    }

    /// <summary>Reads a count from the property that the reader is on.</summary>
    /// <returns>Whether the value is one.</returns>
    public bool ReadCount(ref Utf8JsonReader reader, UsageCount count, TemplateRecorder recorder)
    {
        reader.Read();
        // Some gateways write "12" or 12.0.
        if (reader.TokenType == JsonTokenType.String) return ReadCountInText(ref reader, count, recorder);
        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return false;
        }

        bool isInteger = reader.TryGetInt64(out long value);
        if (!isInteger) value = reader.TryGetDouble(out double number) && number is >= 0 and < long.MaxValue ? (long)number : Unknown;
        if (value < 0) return false;
        if (isInteger) recorder.NoteUsageCount(count, ref reader);
        else recorder.Discard();
        Set(count, value);
        return true;
    }

    private bool ReadCountInText(ref Utf8JsonReader reader, UsageCount count, TemplateRecorder recorder)
    {
        bool isNumber = Utf8Parser.TryParse(reader.ValueSpan, out long value, out int length) && length == reader.ValueSpan.Length;
        if (!isNumber || value < 0) return false;
        recorder.Discard();
        Set(count, value);
        return true;
    }

    private readonly AdditionalPropertiesDictionary<long>? GetAdditional()
    {
        AdditionalPropertiesDictionary<long>? counts = null;
        foreach ((UsageCount count, string name) in Additional)
        {
            if (Get(count) is { } value and > 0) (counts ??= [])[name] = value;
        }

        return counts;
    }

    private static long? Sum(params ReadOnlySpan<long?> counts)
    {
        long? sum = null;
        foreach (long? count in counts) sum = count is null ? sum : (sum ?? 0) + count;
        return sum;
    }

    private readonly long? Get(UsageCount count)
    {
        if ((int)count >= CommonCount) return _rare?[(int)count - CommonCount];
        long value = _common[(int)count];
        return value == Unknown ? null : value;
    }

#if NETSTANDARD
    [UnsafeValueType]
    [StructLayout(LayoutKind.Sequential, Size = CommonCount * sizeof(long))]
    private struct CommonValues
    {
        private long _first;

        [UnscopedRef]
        public ref long this[int index] => ref Unsafe.Add(ref _first, index);
    }
#else
    [InlineArray(CommonCount)]
    private struct CommonValues
    {
        private long _first;
    }
#endif
}
