using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Reads the parts of one candidate's content into its choice, in their order.</summary>
/// <remarks>
/// The contents of a delta are ordered: reasoning, text, other contents, tool calls. If the parts of a chunk have another order,
/// such as a signature before its text, the chunk becomes several deltas.
/// </remarks>
internal ref struct GeminiParts(
    AnswerBuilder answer, ChoiceBuilder choice, GeminiCalls calls, IDecodingObserver? observer, ReadOnlySpan<byte> data)
{
    private const string Dialect = "gemini";

    // Kinds of parts that are kept unchanged.
    private static readonly FieldNames OpaqueKinds = new(
        "executableCode", "executable_code", "codeExecutionResult", "code_execution_result", "toolCall", "tool_call",
        "toolResponse", "tool_response", "functionResponse", "function_response");

    private static readonly FieldNames KnownPartFields = new(
        "videoMetadata", "video_metadata", "mediaResolution", "media_resolution", "partMetadata", "part_metadata");

    private readonly AnswerBuilder _answer = answer;
    private readonly ChoiceBuilder _choice = choice;
    private readonly GeminiCalls _calls = calls;
    private readonly IDecodingObserver? _observer = observer;
    private readonly ReadOnlySpan<byte> _data = data;
    private Rank _rank;

    private enum Rank
    {
        Reasoning,
        Text,
        Other,
        Call,
    }

    /// <summary>The reader is on the start of the content, and is not used afterwards.</summary>
    public void ReadContent(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.NextProperty())
        {
            bool isParts = reader.Is("parts"u8), isRole = reader.Is("role"u8);
            reader.Read();
            if (isParts && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.NextObject()) ReadPart(ref reader);
            }
            else if (isRole && reader.HasName())
            {
                if (reader.Is("model"u8)) _choice.SetRole(ChatRole.Assistant);
                else _choice.SetRole(ref reader);
            }
            else reader.Skip();
        }
    }

    /// <summary>Adds the sources of some metadata. The reader is on it, and is not used afterwards.</summary>
    public void AddCitations(ref Utf8JsonReader reader, Func<JsonElement, AIContent?> read)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        ReadOnlySpan<byte> json = reader.Slice(_data);
        if (read(JsonText.ParseElement(json)) is { } content) AddContent(content, json.Length);
    }

    /// <summary>Adds the provider's message about why it ended the answer.</summary>
    public void AddError(string code, string message) => AddContent(new ErrorContent(message) { ErrorCode = code }, message.Length);

    private void ReadPart(ref Utf8JsonReader reader)
    {
        Utf8JsonReader part = reader, text = default, call = default, media = default, file = default, signature = default;
        bool hasText = false, hasCall = false, hasMedia = false, hasFile = false, hasSignature = false, isThought = false, hasOther = false;
        while (reader.NextProperty())
        {
            if (reader.Is("text"u8)) hasText = reader.Remember(ref text);
            else if (reader.Is("thought"u8))
            {
                isThought = reader.ReadTrue();
            }
            else if (reader.Is("thoughtSignature"u8) || reader.Is("thought_signature"u8)) hasSignature = reader.Remember(ref signature);
            else if (reader.Is("functionCall"u8) || reader.Is("function_call"u8)) hasCall = reader.Remember(ref call);
            else if (reader.Is("inlineData"u8) || reader.Is("inline_data"u8)) hasMedia = reader.Remember(ref media);
            else if (reader.Is("fileData"u8) || reader.Is("file_data"u8)) hasFile = reader.Remember(ref file);
            else
            {
                hasOther |= !KnownPartFields.Contains(ref reader);
                if (!OpaqueKinds.Contains(ref reader)) _observer.NoteField(ref reader, KnownPartFields, "candidates[].content.parts[].");
                reader.Skip();
            }
        }

        AIContent? shown = hasMedia && !isThought ? GeminiMedia.ReadInline(ref media) : hasFile ? GeminiMedia.ReadFile(ref file) : null;
        if (shown is null && !hasText && !hasCall && (hasOther || hasMedia || hasFile))
        {
            // The whole part with its signature, so that it can be sent back unchanged.
            ReadOnlySpan<byte> json = part.Slice(_data);
            AddContent(ProviderContent.Create(Dialect, json), json.Length);
            return;
        }

        // The signature belongs to the part that it is sent with, and precedes it.
        if (hasSignature && signature.HasText())
            AddContent(new TextReasoningContent("") { ProtectedData = signature.Decode() }, signature.ValueSpan.Length);

        if (hasText && text.HasText())
        {
            Turn(isThought ? Rank.Reasoning : Rank.Text);
            if (isThought) _choice.AddReasoning(ref text);
            else _choice.AddText(ref text);
        }

        if (shown is not null) AddContent(shown, part.Slice(_data).Length);
        if (!hasCall || call.TokenType != JsonTokenType.StartObject) return;
        Turn(Rank.Call);
        _answer.Recorder.Forget(); // what a finish reason means depends on whether there are calls
        _calls.Read(ref call, _choice);
    }

    private void AddContent(AIContent content, int size)
    {
        Turn(Rank.Other);
        _choice.AddContent(content, size);
    }

    private void Turn(Rank rank)
    {
        if (rank < _rank)
        {
            _answer.Recorder.Discard(); // a template has one delta for each choice
            _answer.EndEvent();
            _answer.EditChoice(_choice.Index);
        }

        _rank = rank;
    }
}
