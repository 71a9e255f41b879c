using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>Reads usage objects by the names of their format's fields.</summary>
internal static class UsageReader
{
    /// <summary>The reader is on the object, and afterwards on its end.</summary>
    /// <returns>Whether there was an object with a figure in it.</returns>
    public static bool Read(ref Utf8JsonReader reader, UsageFields fields, ref UsageCounts counts, TemplateRecorder recorder)
    {
        if (!reader.TryEnterObject()) return false;

        bool any = false;
        while (reader.NextProperty())
        {
            if (!fields.TryFind(ref reader, out UsageFields.Field field))
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
                any |= ReadModalities(ref reader, field.Figure, ref counts, recorder);
            }
            else
            {
                any |= counts.ReadFigure(ref reader, field.Figure, recorder);
            }
        }

        return any;
    }

    /// <summary>Reads <c>[{modality, tokenCount}]</c>, of which audio is kept: 4 if enums are sent as numbers.</summary>
    private static bool ReadModalities(ref Utf8JsonReader reader, UsageFigure audio, ref UsageCounts counts, TemplateRecorder recorder)
    {
        if (!reader.TryEnterArray()) return false;

        bool any = false;
        recorder.Spoil(); // another field decides which number counts
        while (reader.NextItem())
        {
            bool isAudio = false;
            long count = -1;
            if (!reader.TryEnterObject()) continue;

            while (reader.NextProperty())
            {
                bool isModality = reader.Is("modality"u8), isCount = reader.Is("tokenCount"u8) || reader.Is("token_count"u8);
                reader.Read();
                if (isCount && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number)) count = number;
                isAudio |= isModality && IsAudio(ref reader);
                reader.Skip();
            }

            if (!isAudio || count < 0) continue;
            counts.Set(audio, count);
            any = true;
        }

        return any;
    }

    private static bool IsAudio(ref Utf8JsonReader modality) =>
        modality.TokenType == JsonTokenType.String ? modality.Is("AUDIO"u8) : modality.TokenType == JsonTokenType.Number && modality.ValueSpan.SequenceEqual("4"u8);
}
