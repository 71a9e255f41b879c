using System.Text.Json;

namespace LlmStream.Dialects;

/// <summary>Tells a stream's dialect from its first bytes.</summary>
internal static class DialectRecognition
{
    private enum Clue
    {
        None,
        OpenAI,
        DashScope,
        Hunyuan,
        SomeError,
    }

    /// <summary>The dialect of a stream that begins with these bytes, or null where nothing tells.</summary>
    /// <remarks>The names of the first events' fields tell; an error that any provider could have sent is taken for OpenAI's.</remarks>
    public static ChatDialect? Recognise(ReadOnlySpan<byte> head)
    {
        bool isSomeError = false;
        ReadOnlySpan<byte> rest = head;
        while (!rest.IsEmpty)
        {
            int start = rest.IndexOf((byte)'{');
            if (start < 0) break;
            rest = rest[start..];
            Clue clue = Read(rest, out int length);
            switch (clue)
            {
                case Clue.OpenAI: return ChatDialect.OpenAI;
                case Clue.DashScope: return ChatDialect.DashScope;
                case Clue.Hunyuan: return ChatDialect.Hunyuan;
                case Clue.SomeError: isSomeError = true; break;
            }

            rest = rest[Math.Max(length, 1)..];
        }

        if (isSomeError || head.IndexOf("[DONE]"u8) >= 0) return ChatDialect.OpenAI;
        return null;
    }

    /// <summary>Reads the names of one object's own fields, as far as it goes.</summary>
    private static Clue Read(ReadOnlySpan<byte> json, out int length)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(JsonOptions.Reader));
        Clue clue = Clue.None;
        bool hasCode = false, hasMessage = false, hasRequestId = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0) break;
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || clue is not (Clue.None or Clue.SomeError)) continue;

                if (reader.Is("choices"u8)) clue = Clue.OpenAI;
                else if (reader.Is("Choices"u8) || reader.Is("Response"u8)) clue = Clue.Hunyuan;
                else if (reader.Is("output"u8)) clue = Clue.DashScope;
                else if (reader.Is("error"u8)) clue = Clue.SomeError;
                hasCode |= reader.Is("code"u8);
                hasMessage |= reader.Is("message"u8);
                hasRequestId |= reader.Is("request_id"u8);
            }
        }
        catch (JsonException)
        {
            // What came before the fault still tells.
        }

        length = (int)reader.BytesConsumed;
        if (clue is Clue.None && hasCode && hasMessage) clue = hasRequestId ? Clue.DashScope : Clue.SomeError;
        return clue;
    }
}
