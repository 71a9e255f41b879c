using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>
/// The latest figures of a provider's token count. Every provider sends running totals, so a later figure replaces
/// the earlier one, field by field; nothing is ever added up.
/// </summary>
internal struct UsageCounts
{
    private const long Unknown = -1;

    private Figures _figures;

    public UsageCounts() => ((Span<long>)_figures).Fill(Unknown);

    private enum Figure
    {
        Input,
        Output,
        Total,
        Cached,
        Reasoning,
        InputAudio,
        OutputAudio,
    }

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
        InputTokenCount = Known(Figure.Input),
        OutputTokenCount = Known(Figure.Output),
        TotalTokenCount = Known(Figure.Total),
        CachedInputTokenCount = Known(Figure.Cached),
        ReasoningTokenCount = Known(Figure.Reasoning),
        AdditionalCounts = AudioCounts(),
    };

    // Microsoft.Extensions.AI's own properties for these are marked experimental, which every user would be warned of.
    private readonly AdditionalPropertiesDictionary<long>? AudioCounts()
    {
        AdditionalPropertiesDictionary<long>? counts = null;
        if (_figures[(int)Figure.InputAudio] > 0) (counts ??= [])["input_audio_tokens"] = _figures[(int)Figure.InputAudio];
        if (_figures[(int)Figure.OutputAudio] > 0) (counts ??= [])["output_audio_tokens"] = _figures[(int)Figure.OutputAudio];
        return counts;
    }

    /// <summary>
    /// Reads a usage object, under the names of every provider that these dialects serve: OpenAI's
    /// <c>prompt_tokens</c>, DashScope's and Responses' <c>input_tokens</c>, DeepSeek's <c>prompt_cache_hit_tokens</c>,
    /// Hunyuan's <c>PromptTokens</c>. The reader stands on the value, and afterwards on its end.
    /// </summary>
    /// <returns>Whether there was an object with a figure in it.</returns>
    public bool Read(ref Utf8JsonReader reader, EnvelopeRecorder recorder)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        // Into a copy: of an object that turns out to be broken nothing is kept.
        UsageCounts counts = this;
        if (!counts.ReadFields(ref reader, recorder)) return false;
        counts.IsKnown = counts.IsNew = true;
        this = counts;
        return true;
    }

    /// <summary>Sets a figure that was noted when another event of the same form was read.</summary>
    public void Set(int figure, long count)
    {
        _figures[figure] = count;
        IsKnown = IsNew = true;
    }

    /// <summary>Reads the count of the tokens that were answered, where it stands alone. The reader stands on its name.</summary>
    public bool ReadOutput(ref Utf8JsonReader reader, EnvelopeRecorder recorder)
    {
        if (!Take(ref reader, Figure.Output, recorder)) return false;
        IsKnown = IsNew = true;
        return true;
    }

    private bool ReadFields(ref Utf8JsonReader reader, EnvelopeRecorder recorder)
    {
        bool any = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("prompt_tokens"u8) || reader.Is("input_tokens"u8)
                || reader.Is("PromptTokens"u8) || reader.Is("InputTokens"u8)) any |= Take(ref reader, Figure.Input, recorder);
            else if (reader.Is("completion_tokens"u8) || reader.Is("output_tokens"u8)
                || reader.Is("CompletionTokens"u8) || reader.Is("OutputTokens"u8)) any |= Take(ref reader, Figure.Output, recorder);
            else if (reader.Is("total_tokens"u8) || reader.Is("TotalTokens"u8)) any |= Take(ref reader, Figure.Total, recorder);
            else if (reader.Is("cached_tokens"u8) || reader.Is("prompt_cache_hit_tokens"u8)) any |= Take(ref reader, Figure.Cached, recorder);
            else if (reader.Is("reasoning_tokens"u8)) any |= Take(ref reader, Figure.Reasoning, recorder);
            else if (reader.Is("prompt_tokens_details"u8) || reader.Is("input_tokens_details"u8)) any |= ReadDetails(ref reader, Figure.InputAudio, recorder);
            else if (reader.Is("completion_tokens_details"u8) || reader.Is("output_tokens_details"u8)) any |= ReadDetails(ref reader, Figure.OutputAudio, recorder);
            else recorder.Ignore(ref reader);
        }

        return any;
    }

    private bool ReadDetails(ref Utf8JsonReader reader, Figure audio, EnvelopeRecorder recorder)
    {
        bool any = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("cached_tokens"u8)) any |= Take(ref reader, Figure.Cached, recorder);
            else if (reader.Is("reasoning_tokens"u8)) any |= Take(ref reader, Figure.Reasoning, recorder);
            else if (reader.Is("audio_tokens"u8)) any |= Take(ref reader, audio, recorder);
            else recorder.Ignore(ref reader);
        }

        return any;
    }

    private bool Take(ref Utf8JsonReader reader, Figure figure, EnvelopeRecorder recorder)
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
        _figures[(int)figure] = value;
        return true;
    }

    private readonly long? Known(Figure figure) => _figures[(int)figure] is var count && count == Unknown ? null : count;

    [InlineArray((int)Figure.OutputAudio + 1)]
    private struct Figures
    {
        private long _first;
    }
}
