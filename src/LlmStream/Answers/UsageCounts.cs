using System.Runtime.CompilerServices;
using System.Text.Json;
using LlmStream.Answers.Templates;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>One figure of a provider's token count. Those from <see cref="InputAudio"/> on are additional counts.</summary>
internal enum UsageFigure
{
    Input,
    Output,
    Total,
    Cached,
    Reasoning,

    // Microsoft.Extensions.AI's own properties for audio are marked experimental, which every user would be warned of.
    InputAudio,
    OutputAudio,

    /// <summary>What Anthropic wrote into its cache, which is in no other count.</summary>
    CacheCreation,

    /// <summary>What Gemini's own tools put into the prompt, which is in no other count.</summary>
    ToolUse,

    // Cohere bills less than it counts.
    BilledInput,
    BilledOutput,
    BilledSearches,

    // Ollama's durations, in nanoseconds.
    TotalDuration,
    LoadDuration,
    PromptEvalDuration,
    EvalDuration,
}

/// <summary>
/// The latest figures of a provider's token count. Every provider sends running totals, so a later figure replaces
/// the earlier one, field by field; nothing is ever added up.
/// </summary>
internal struct UsageCounts
{
    private const int Length = (int)UsageFigure.EvalDuration + 1;
    private const long Unknown = -1;

    // From InputAudio on.
    private static readonly string[] Names =
    [
        "input_audio_tokens", "output_audio_tokens", "cache_creation_input_tokens", "tool_use_prompt_tokens", "billed_input_tokens",
        "billed_output_tokens", "billed_search_units", "total_duration", "load_duration", "prompt_eval_duration", "eval_duration",
    ];

    private Figures _figures;

    public UsageCounts() => ((Span<long>)_figures).Fill(Unknown);

    /// <summary>Whether any figure has come at all.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Whether a figure has come that has not been reported.</summary>
    public bool IsNew { get; private set; }

    /// <summary>The figures, to be reported.</summary>
    public UsageDetails Report()
    {
        IsNew = false;
        return ToDetails();
    }

    public readonly UsageDetails ToDetails() => new()
    {
        InputTokenCount = Known(UsageFigure.Input),
        OutputTokenCount = Known(UsageFigure.Output),
        TotalTokenCount = Known(UsageFigure.Total),
        CachedInputTokenCount = Known(UsageFigure.Cached),
        ReasoningTokenCount = Known(UsageFigure.Reasoning),
        AdditionalCounts = AdditionalCounts(),
    };

    /// <summary>Reads a usage object that the reader stands on. The reader stands on its end afterwards.</summary>
    /// <returns>Whether there was an object with a figure in it.</returns>
    public bool Read(ref Utf8JsonReader reader, UsageFields fields, TemplateRecorder recorder)
    {
        // Into a copy: of an object that turns out to be broken nothing is kept.
        UsageCounts counts = this;
        if (!UsageReader.Read(ref reader, fields, ref counts, recorder)) return false;
        this = counts;
        return true;
    }

    /// <summary>Sets a figure.</summary>
    public void Set(UsageFigure figure, long count)
    {
        _figures[(int)figure] = count;
        IsKnown = IsNew = true;
    }

    /// <summary>Reads a figure from the field that the reader stands on.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ReadFigure(ref Utf8JsonReader reader, UsageFigure figure, TemplateRecorder recorder)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return false;
        }

        // Gateways have been seen to write 12.0.
        bool isWhole = reader.TryGetInt64(out long value);
        if (!isWhole) value = reader.TryGetDouble(out double number) && number is >= 0 and < long.MaxValue ? (long)number : Unknown;
        if (value < 0) return false;
        if (isWhole) recorder.NoteFigure((int)figure, ref reader);
        else recorder.Spoil();
        Set(figure, value);
        return true;
    }

    private readonly AdditionalPropertiesDictionary<long>? AdditionalCounts()
    {
        AdditionalPropertiesDictionary<long>? counts = null;
        for (int i = 0; i < Names.Length; i++)
        {
            if (_figures[(int)UsageFigure.InputAudio + i] is var count and > 0) (counts ??= [])[Names[i]] = count;
        }

        return counts;
    }

    private readonly long? Known(UsageFigure figure) => _figures[(int)figure] is var count && count == Unknown ? null : count;

    [InlineArray(Length)]
    private struct Figures
    {
        private long _first;
    }
}
