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

    private long _input = Unknown;
    private long _output = Unknown;
    private long _total = Unknown;
    private long _cached = Unknown;
    private long _reasoning = Unknown;
    private long _inputAudio = Unknown;
    private long _outputAudio = Unknown;
    private AdditionalPropertiesDictionary<long>? _others; // never changed, but replaced: copies share it

    public UsageCounts()
    {
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
        InputTokenCount = Known(_input),
        OutputTokenCount = Known(_output),
        TotalTokenCount = Known(_total),
        CachedInputTokenCount = Known(_cached),
        ReasoningTokenCount = Known(_reasoning),
        AdditionalCounts = OtherCounts(),
    };

    // Microsoft.Extensions.AI's own properties for these are marked experimental, which every user would be warned of.
    private readonly AdditionalPropertiesDictionary<long>? OtherCounts()
    {
        AdditionalPropertiesDictionary<long>? counts = _others is null ? null : new(_others);
        if (_inputAudio > 0) (counts ??= [])["input_audio_tokens"] = _inputAudio;
        if (_outputAudio > 0) (counts ??= [])["output_audio_tokens"] = _outputAudio;
        return counts;
    }

    /// <summary>
    /// Reads a usage object, under the names of every provider that these dialects serve: OpenAI's
    /// <c>prompt_tokens</c>, DashScope's and Responses' <c>input_tokens</c>, DeepSeek's <c>prompt_cache_hit_tokens</c>,
    /// Hunyuan's <c>PromptTokens</c>. The reader stands on the value, and afterwards on its end.
    /// </summary>
    /// <returns>Whether there was an object with a figure in it.</returns>
    public bool Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        // Into a copy: of an object that turns out to be broken nothing is kept.
        UsageCounts counts = this;
        if (!counts.ReadFields(ref reader)) return false;
        counts.IsKnown = counts.IsNew = true;
        this = counts;
        return true;
    }

    /// <summary>Reads the count of the tokens that were asked, where it stands alone. The reader stands on its name.</summary>
    public bool ReadInput(ref Utf8JsonReader reader)
    {
        if (!Take(ref reader, ref _input)) return false;
        IsKnown = IsNew = true;
        return true;
    }

    /// <summary>Reads a figure that has no property of its own in the usage. The reader stands on its name.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="name">Its name among the additional counts.</param>
    public bool ReadOther(ref Utf8JsonReader reader, string name)
    {
        long count = Unknown;
        if (!Take(ref reader, ref count)) return false;
        _others = _others is null ? new() : new(_others);
        _others[name] = count;
        IsKnown = IsNew = true;
        return true;
    }

    /// <summary>Reads the count of the tokens that were answered, where it stands alone. The reader stands on its name.</summary>
    public bool ReadOutput(ref Utf8JsonReader reader)
    {
        if (!Take(ref reader, ref _output)) return false;
        IsKnown = IsNew = true;
        return true;
    }

    private bool ReadFields(ref Utf8JsonReader reader)
    {
        bool any = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("prompt_tokens"u8) || reader.Is("input_tokens"u8)
                || reader.Is("PromptTokens"u8) || reader.Is("InputTokens"u8)) any |= Take(ref reader, ref _input);
            else if (reader.Is("completion_tokens"u8) || reader.Is("output_tokens"u8)
                || reader.Is("CompletionTokens"u8) || reader.Is("OutputTokens"u8)) any |= Take(ref reader, ref _output);
            else if (reader.Is("total_tokens"u8) || reader.Is("TotalTokens"u8)) any |= Take(ref reader, ref _total);
            else if (reader.Is("cached_tokens"u8) || reader.Is("prompt_cache_hit_tokens"u8)) any |= Take(ref reader, ref _cached);
            else if (reader.Is("reasoning_tokens"u8)) any |= Take(ref reader, ref _reasoning);
            else if (reader.Is("prompt_tokens_details"u8) || reader.Is("input_tokens_details"u8)) any |= ReadDetails(ref reader, ref _inputAudio);
            else if (reader.Is("completion_tokens_details"u8) || reader.Is("output_tokens_details"u8)) any |= ReadDetails(ref reader, ref _outputAudio);
            else if (reader.Is("tokens"u8)) any |= ReadTokens(ref reader);
            else if (reader.Is("billed_units"u8)) any |= ReadBilled(ref reader);
            else reader.Skip();
        }

        return any;
    }

    /// <summary>What Cohere counted, the template of the prompt included.</summary>
    private bool ReadTokens(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) return ReadFields(ref reader);
        reader.Skip();
        return false;
    }

    /// <summary>What Cohere bills of it.</summary>
    private bool ReadBilled(ref Utf8JsonReader reader)
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
            if (reader.Is("input_tokens"u8)) any |= ReadOther(ref reader, "billed_input_tokens");
            else if (reader.Is("output_tokens"u8)) any |= ReadOther(ref reader, "billed_output_tokens");
            else if (reader.Is("search_units"u8)) any |= ReadOther(ref reader, "billed_search_units");
            else reader.Skip();
        }

        return any;
    }

    private bool ReadDetails(ref Utf8JsonReader reader, ref long audio)
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
            if (reader.Is("cached_tokens"u8)) any |= Take(ref reader, ref _cached);
            else if (reader.Is("reasoning_tokens"u8)) any |= Take(ref reader, ref _reasoning);
            else if (reader.Is("audio_tokens"u8)) any |= Take(ref reader, ref audio);
            else reader.Skip();
        }

        return any;
    }

    private static bool Take(ref Utf8JsonReader reader, ref long count)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return false;
        }

        // Gateways have been seen to write 12.0.
        if (!reader.TryGetInt64(out long value)) value = reader.TryGetDouble(out double number) && number is >= 0 and < long.MaxValue ? (long)number : Unknown;
        if (value < 0) return false;
        count = value;
        return true;
    }

    private static long? Known(long count) => count == Unknown ? null : count;
}
