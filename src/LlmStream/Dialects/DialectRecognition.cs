using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Tells a stream's dialect from its first bytes.</summary>
internal static class DialectRecognition
{
    // What an error that any provider could have sent is taken for.
    private const string SomeError = "some error";

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
            string? clue = Read(rest, out int length);
            if (ChatDialect.All.FirstOrDefault(dialect => string.Equals(dialect.Name, clue, StringComparison.Ordinal)) is { } found) return found;
            isSomeError |= clue is SomeError;
            rest = rest[Math.Max(length, 1)..];
        }

        if (isSomeError || head.IndexOf("[DONE]"u8) >= 0) return ChatDialect.OpenAI;
        return null;
    }

    /// <summary>Reads the names of one object's own fields, as far as it goes.</summary>
    private static string? Read(ReadOnlySpan<byte> json, out int length)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(JsonOptions.Reader));
        var fields = new Fields();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0) break;
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1) fields.Note(ref reader);
            }
        }
        catch (JsonException)
        {
            // What came before the fault still tells.
        }

        length = (int)reader.BytesConsumed;
        return fields.Clue;
    }

    /// <summary>What is known of an object's own fields.</summary>
    private ref struct Fields
    {
        private string? _sure;
        private string? _type;
        private bool _hasCode;
        private bool _hasMessage;
        private bool _hasRequestId;
        private bool _hasError;
        private bool _isGoogleError;
        private bool _hasSequenceNumber;
        private bool _hasModel;
        private bool _hasDone;
        private bool _hasFinish;
        private bool _hasOutput;

        /// <summary>The name of the dialect that they speak for, or null.</summary>
        public readonly string? Clue =>
            _sure ?? OfType()
            // Ollama: every line says whether it is the last, and which model it is of; no other dialect's does.
            ?? (_hasOutput ? "dashscope"
                : _hasDone && _hasModel ? "ollama"
                : _isGoogleError ? "gemini"
                : _hasFinish && _hasMessage ? "cohere" // an answer in one piece
                : _hasError ? SomeError
                : _hasCode && _hasMessage ? _hasRequestId ? "dashscope" : SomeError
                : null);

        /// <summary>Notes the name that the reader stands on, and of some its value.</summary>
        public void Note(ref Utf8JsonReader reader)
        {
            if (reader.Is("type"u8) || reader.Is("object"u8) || reader.Is("event_type"u8))
            {
                // The value may lie behind the bytes that are known.
                if (reader.Read() && reader.TokenType == JsonTokenType.String) _type ??= JsonText.DecodeWhole(reader.ValueSpan, reader.ValueIsEscaped);
                return;
            }

            if (reader.Is("choices"u8)) _sure ??= "openai";
            else if (reader.Is("Choices"u8) || reader.Is("Response"u8)) _sure ??= "hunyuan";
            else if (reader.Is("generation_id"u8)) _sure ??= "cohere";
            else if (reader.Is("candidates"u8) || reader.Is("promptFeedback"u8) || reader.Is("usageMetadata"u8) || reader.Is("usage_metadata"u8)) _sure ??= "gemini";
            else if (reader.Is("response"u8) && HoldsCandidates(reader)) _sure ??= "gemini"; // Code Assist wraps them
            else if (reader.Is("output"u8)) _hasOutput = true;
            else if (reader.Is("error"u8))
            {
                _hasError = true;
                _isGoogleError |= IsOfGoogle(reader);
            }

            _hasCode |= reader.Is("code"u8);
            _hasMessage |= reader.Is("message"u8);
            _hasRequestId |= reader.Is("request_id"u8);
            _hasSequenceNumber |= reader.Is("sequence_number"u8);
            _hasModel |= reader.Is("model"u8);
            _hasDone |= reader.Is("done"u8);
            _hasFinish |= reader.Is("finish_reason"u8);
        }

        /// <summary>Whether an error has a number and, beside it, its status in the words of Google's APIs: <c>NOT_FOUND</c>.</summary>
        private static bool IsOfGoogle(Utf8JsonReader reader)
        {
            bool hasNumber = false, hasWords = false;
            reader.Read();
            int depth = reader.CurrentDepth + 1;
            if (reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.CurrentDepth >= depth)
            {
                if (reader.CurrentDepth > depth || reader.TokenType != JsonTokenType.PropertyName) continue;
                bool isCode = reader.Is("code"u8), isStatus = reader.Is("status"u8);
                if (!reader.Read()) break;
                hasNumber |= isCode && reader.TokenType == JsonTokenType.Number;
                hasWords |= isStatus && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty && reader.ValueSpan.IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"u8) < 0;
            }

            return hasNumber && hasWords;
        }

        private static bool HoldsCandidates(Utf8JsonReader reader) =>
            reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName
            && (reader.Is("candidates"u8) || reader.Is("usageMetadata"u8) || reader.Is("promptFeedback"u8));

        private readonly string? OfType() => _type switch
        {
            null => null,
            "message_start" or "message_delta" or "message_stop" or "content_block_start" or "content_block_delta" or "content_block_stop" or "ping" or "message" => "anthropic",
            "error" => _hasSequenceNumber ? "responses" : _hasError ? "anthropic" : null,
            "response" => "responses", // the object that a request without a stream is answered by
            "message-start" or "message-end" or "content-start" or "content-delta" or "content-end" or "tool-plan-delta" or "tool-call-start" or "tool-call-delta"
                or "tool-call-end" or "citation-start" or "citation-end" => "cohere",
            "stream-start" or "stream-end" or "text-generation" or "tool-calls-generation" or "tool-calls-chunk" or "citation-generation"
                or "search-queries-generation" or "search-results" => "cohere", // version 1
            _ when _type.StartsWith("interaction.", StringComparison.Ordinal) || _type.StartsWith("step.", StringComparison.Ordinal) => "gemini",
            _ when _type.StartsWith("response.", StringComparison.Ordinal) => "responses",
            _ => null,
        };
    }
}
