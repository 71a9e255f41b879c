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
    private long _toolUse = Unknown;

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

    // Microsoft.Extensions.AI's own properties for audio are marked experimental, which every user would be warned of. What
    // Gemini's own tools put into the prompt is in no other count.
    private readonly AdditionalPropertiesDictionary<long>? OtherCounts()
    {
        AdditionalPropertiesDictionary<long>? counts = null;
        if (_inputAudio > 0) (counts ??= [])["input_audio_tokens"] = _inputAudio;
        if (_outputAudio > 0) (counts ??= [])["output_audio_tokens"] = _outputAudio;
        if (_toolUse > 0) (counts ??= [])["tool_use_prompt_tokens"] = _toolUse;
        return counts;
    }

    /// <summary>
    /// Reads a usage object, under the names of every provider that these dialects serve: OpenAI's
    /// <c>prompt_tokens</c>, DashScope's and Responses' <c>input_tokens</c>, DeepSeek's <c>prompt_cache_hit_tokens</c>,
    /// Hunyuan's <c>PromptTokens</c>, Gemini's <c>promptTokenCount</c>. The reader stands on the value, and afterwards on its end.
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
            else any |= ReadGeminiField(ref reader);
        }

        return any;
    }

    /// <summary>
    /// Gemini's names, those of its protocol buffers, and those of its Interactions API. Its count of thoughts is no part of that of
    /// the candidates.
    /// </summary>
    private bool ReadGeminiField(ref Utf8JsonReader reader)
    {
        if (reader.Is("promptTokenCount"u8) || reader.Is("prompt_token_count"u8) || reader.Is("total_input_tokens"u8)) return Take(ref reader, ref _input);
        if (reader.Is("candidatesTokenCount"u8) || reader.Is("candidates_token_count"u8) || reader.Is("total_output_tokens"u8)) return Take(ref reader, ref _output);
        if (reader.Is("totalTokenCount"u8) || reader.Is("total_token_count"u8)) return Take(ref reader, ref _total);
        if (reader.Is("thoughtsTokenCount"u8) || reader.Is("thoughts_token_count"u8) || reader.Is("total_thought_tokens"u8)) return Take(ref reader, ref _reasoning);
        if (reader.Is("cachedContentTokenCount"u8) || reader.Is("cached_content_token_count"u8) || reader.Is("total_cached_tokens"u8)) return Take(ref reader, ref _cached);
        if (reader.Is("toolUsePromptTokenCount"u8) || reader.Is("tool_use_prompt_token_count"u8) || reader.Is("total_tool_use_tokens"u8)) return Take(ref reader, ref _toolUse);
        if (reader.Is("promptTokensDetails"u8)) return ReadModalities(ref reader, ref _inputAudio);
        if (reader.Is("candidatesTokensDetails"u8) || reader.Is("candidates_tokens_details"u8)) return ReadModalities(ref reader, ref _outputAudio);
        reader.Skip();
        return false;
    }

    /// <summary>Reads <c>[{modality, tokenCount}]</c>, of which audio is kept: 4 where enums are sent as numbers.</summary>
    private static bool ReadModalities(ref Utf8JsonReader reader, ref long audio)
    {
        bool any = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool isAudio = false;
            long count = Unknown;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.Is("tokenCount"u8) || reader.Is("token_count"u8)) Take(ref reader, ref count);
                else
                {
                    bool isModality = reader.Is("modality"u8);
                    reader.Read();
                    isAudio |= isModality && (reader.TokenType == JsonTokenType.String ? reader.Is("AUDIO"u8) : reader.TokenType == JsonTokenType.Number && reader.ValueSpan.SequenceEqual("4"u8));
                    reader.Skip();
                }
            }

            if (!isAudio || count == Unknown) continue;
            audio = count;
            any = true;
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
