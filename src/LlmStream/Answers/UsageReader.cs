using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>Reads usage objects by the fields of their format.</summary>
internal static class UsageReader
{
    /// <summary>Reads the object that the reader is on. The reader ends on the last token of the object.</summary>
    /// <returns>Whether there is an object with a count.</returns>
    public static bool Read(ref Utf8JsonReader reader, UsageFields fields, ref UsageCounts counts, TemplateRecorder recorder)
    {
        if (!reader.TryEnterObject()) return false;

        bool any = false;
        while (reader.NextProperty())
        {
            if (!fields.TryFind(ref reader, out UsageFields.Field? field))
            {
                recorder.Ignore(ref reader);
            }
            else if (field.Nested is not null)
            {
                reader.Read();
                any |= Read(ref reader, field.Nested, ref counts, recorder);
            }
            else if (field.IsModalities)
            {
                reader.Read();
                any |= ReadModalities(ref reader, field.Count, ref counts, recorder);
            }
            else
            {
                any |= counts.ReadCount(ref reader, field.Count, recorder);
            }
        }

        return any;
    }

    /// <summary>Reads the audio tokens from <c>[{modality, tokenCount}]</c>.</summary>
    private static bool ReadModalities(ref Utf8JsonReader reader, UsageCount audio, ref UsageCounts counts, TemplateRecorder recorder)
    {
        if (!reader.TryEnterArray()) return false;

        bool any = false;
        while (reader.NextObject())
        {
            bool isAudio = false;
            long count = -1;
            Utf8JsonReader counted = default;
            while (reader.NextProperty())
            {
                bool isModality = reader.Is("modality"u8), isCount = reader.Is("tokenCount"u8) || reader.Is("token_count"u8);
                reader.Read();
                if (isCount && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number))
                {
                    count = number;
                    counted = reader;
                }

                isAudio |= isModality && IsAudio(ref reader);
                reader.Skip();
            }

            // The modality is compared as a constant part of a template, so the same count of another event is of the same modality.
            if (count < 0) continue;
            if (!isAudio)
            {
                recorder.Ignore(ref counted);
                continue;
            }

            recorder.NoteUsageCount(audio, ref counted);
            counts.Set(audio, count);
            any = true;
        }

        return any;
    }

    /// <summary>Whether the reader is on the name of the modality or, if enums are sent as numbers, on its number.</summary>
    private static bool IsAudio(ref Utf8JsonReader modality) =>
        modality.TokenType == JsonTokenType.String ? modality.Is("AUDIO"u8)
        : modality.TokenType == JsonTokenType.Number && modality.ValueSpan.SequenceEqual("4"u8);
}
