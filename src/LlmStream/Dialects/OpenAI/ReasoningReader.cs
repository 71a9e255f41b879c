using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Reads reasoning, which compatible providers send in many forms.</summary>
/// <remarks>
/// A value is a string; an object with the text in one of several fields, such as <c>{text}</c> (Envoy AI Gateway),
/// <c>{content, signature}</c> (SAP AI Core), <c>{type: "reasoning", summary: […]}</c> (Databricks), or
/// <c>{type: "thinking", thinking: […]}</c> (Mistral); or a list of these.
/// </remarks>
internal static class ReasoningReader
{
    private static readonly FieldNames TextFields =
        new("text", "thinking", "reasoning", "summary", "content", "reasoning_content", "reasoning_text", "summary_text");

    private static readonly FieldNames ProtectedFields = new("signature", "data", "encrypted_content", "thought_signature");

    /// <summary>Adds the text of the value that the reader is on. The reader ends on the last token of the value.</summary>
    /// <returns>Whether a part of it has a signature, or is encrypted.</returns>
    public static bool Read(ref Utf8JsonReader reader, ref JoinedText text)
    {
        bool isProtected = false;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                text.Add(ref reader);
                return false;
            case JsonTokenType.StartArray:
                while (reader.NextItem()) isProtected |= Read(ref reader, ref text);
                return isProtected;
            case JsonTokenType.StartObject:
                int length = text.Raw.Length;
                while (reader.NextProperty())
                {
                    // A second field has the same text, or a longer form of it.
                    bool isText = text.Raw.Length == length && TextFields.Contains(ref reader);
                    bool isProtectedField = ProtectedFields.Contains(ref reader);
                    reader.Read();
                    if (isText) isProtected |= Read(ref reader, ref text);
                    else
                    {
                        isProtected |= isProtectedField && reader.HasText();
                        reader.Skip();
                    }
                }

                return isProtected;
            default:
                reader.Skip();
                return false;
        }
    }
}
