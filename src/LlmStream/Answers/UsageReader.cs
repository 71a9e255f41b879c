using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>
/// Reads usage objects, under the names of every provider: OpenAI's <c>prompt_tokens</c>, DashScope's, Responses' and Anthropic's
/// <c>input_tokens</c>, DeepSeek's <c>prompt_cache_hit_tokens</c>, Hunyuan's <c>PromptTokens</c>, Gemini's <c>promptTokenCount</c>,
/// Cohere's <c>tokens</c> and <c>billed_units</c>.
/// </summary>
internal static class UsageReader
{
    /// <summary>The reader stands on the object, and afterwards on its end.</summary>
    /// <returns>Whether there was an object with a figure in it.</returns>
    public static bool Read(ref Utf8JsonReader reader, ref UsageCounts counts, TemplateRecorder recorder)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        bool any = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FigureOf(ref reader) is { } figure) any |= counts.ReadFigure(ref reader, figure, recorder);
            else if (reader.Is("prompt_tokens_details"u8) || reader.Is("input_tokens_details"u8)) any |= ReadDetails(ref reader, UsageFigure.InputAudio, ref counts, recorder);
            else if (reader.Is("completion_tokens_details"u8) || reader.Is("output_tokens_details"u8)) any |= ReadDetails(ref reader, UsageFigure.OutputAudio, ref counts, recorder);
            else if (reader.Is("promptTokensDetails"u8)) any |= ReadModalities(ref reader, UsageFigure.InputAudio, ref counts, recorder);
            else if (reader.Is("candidatesTokensDetails"u8) || reader.Is("candidates_tokens_details"u8)) any |= ReadModalities(ref reader, UsageFigure.OutputAudio, ref counts, recorder);
            else if (reader.Is("tokens"u8))
            {
                reader.Read(); // what Cohere counted, the template of the prompt included
                any |= Read(ref reader, ref counts, recorder);
            }
            else if (reader.Is("billed_units"u8)) any |= ReadBilled(ref reader, ref counts, recorder);
            else recorder.Ignore(ref reader);
        }

        return any;
    }

    /// <summary>The figure that a name stands for, or null. Gemini has three names for each: of its JSON, its protocol buffers, and its interactions.</summary>
    private static UsageFigure? FigureOf(ref Utf8JsonReader reader)
    {
        if (reader.Is("prompt_tokens"u8) || reader.Is("input_tokens"u8) || reader.Is("PromptTokens"u8) || reader.Is("InputTokens"u8)
            || reader.Is("promptTokenCount"u8) || reader.Is("prompt_token_count"u8) || reader.Is("total_input_tokens"u8)) return UsageFigure.Input;
        if (reader.Is("completion_tokens"u8) || reader.Is("output_tokens"u8) || reader.Is("CompletionTokens"u8) || reader.Is("OutputTokens"u8)
            || reader.Is("candidatesTokenCount"u8) || reader.Is("candidates_token_count"u8) || reader.Is("total_output_tokens"u8)) return UsageFigure.Output;
        if (reader.Is("total_tokens"u8) || reader.Is("TotalTokens"u8) || reader.Is("totalTokenCount"u8) || reader.Is("total_token_count"u8)) return UsageFigure.Total;
        if (reader.Is("cached_tokens"u8) || reader.Is("prompt_cache_hit_tokens"u8) || reader.Is("cache_read_input_tokens"u8)
            || reader.Is("cachedContentTokenCount"u8) || reader.Is("cached_content_token_count"u8) || reader.Is("total_cached_tokens"u8)) return UsageFigure.Cached;
        // Gemini's count of thoughts is no part of that of the candidates.
        if (reader.Is("reasoning_tokens"u8) || reader.Is("thoughtsTokenCount"u8) || reader.Is("thoughts_token_count"u8) || reader.Is("total_thought_tokens"u8)) return UsageFigure.Reasoning;
        if (reader.Is("cache_creation_input_tokens"u8)) return UsageFigure.CacheCreation;
        if (reader.Is("toolUsePromptTokenCount"u8) || reader.Is("tool_use_prompt_token_count"u8) || reader.Is("total_tool_use_tokens"u8)) return UsageFigure.ToolUse;
        return null;
    }

    private static bool ReadDetails(ref Utf8JsonReader reader, UsageFigure audio, ref UsageCounts counts, TemplateRecorder recorder)
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
            if (reader.Is("cached_tokens"u8)) any |= counts.ReadFigure(ref reader, UsageFigure.Cached, recorder);
            else if (reader.Is("reasoning_tokens"u8) || reader.Is("thinking_tokens"u8)) any |= counts.ReadFigure(ref reader, UsageFigure.Reasoning, recorder);
            else if (reader.Is("audio_tokens"u8)) any |= counts.ReadFigure(ref reader, audio, recorder);
            else recorder.Ignore(ref reader);
        }

        return any;
    }

    /// <summary>What Cohere bills of it.</summary>
    private static bool ReadBilled(ref Utf8JsonReader reader, ref UsageCounts counts, TemplateRecorder recorder)
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
            if (reader.Is("input_tokens"u8)) any |= counts.ReadFigure(ref reader, UsageFigure.BilledInput, recorder);
            else if (reader.Is("output_tokens"u8)) any |= counts.ReadFigure(ref reader, UsageFigure.BilledOutput, recorder);
            else if (reader.Is("search_units"u8)) any |= counts.ReadFigure(ref reader, UsageFigure.BilledSearches, recorder);
            else recorder.Ignore(ref reader);
        }

        return any;
    }

    /// <summary>Reads Gemini's <c>[{modality, tokenCount}]</c>, of which audio is kept: 4 where enums are sent as numbers.</summary>
    private static bool ReadModalities(ref Utf8JsonReader reader, UsageFigure audio, ref UsageCounts counts, TemplateRecorder recorder)
    {
        bool any = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }

        recorder.Spoil(); // which number counts, another field tells
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool isAudio = false;
            long count = -1;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isModality = reader.Is("modality"u8), isCount = reader.Is("tokenCount"u8) || reader.Is("token_count"u8);
                reader.Read();
                if (isCount && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number)) count = number;
                isAudio |= isModality && (reader.TokenType == JsonTokenType.String ? reader.Is("AUDIO"u8) : reader.TokenType == JsonTokenType.Number && reader.ValueSpan.SequenceEqual("4"u8));
                reader.Skip();
            }

            if (!isAudio || count < 0) continue;
            counts.Set(audio, count);
            any = true;
        }

        return any;
    }
}
