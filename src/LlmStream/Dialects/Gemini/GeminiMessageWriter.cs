using System.Buffers.Text;
using System.Globalization;
using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// Writes Gemini's <c>contents</c> and <c>systemInstruction</c>. The parts of an answer are sent back in the order in which they came,
/// with their signatures (ai.google.dev/gemini-api/docs/thought-signatures).
/// </summary>
/// <remarks>
/// Invariant: <c>_results</c> is null, or the parts of the last content. The results of one turn's calls must be in one content.
/// </remarks>
internal sealed class GeminiMessageWriter
{
    // The documented substitute for the signature of another model's call: Gemini 3 refuses the first call of a turn without one.
    private const string NoSignature = "skip_thought_signature_validator";

    private readonly string? _missingSignature;
    private readonly Uri _address;
    private readonly Dictionary<string, string> _functionNames = new(StringComparer.Ordinal); // by the id of the call
    private readonly JsonArray _contents = [];
    private readonly JsonArray _instructions = [];
    private JsonArray? _results;

    private GeminiMessageWriter(string model, Uri address)
    {
        _missingSignature = GeminiModels.RequiresSignatures(model) ? NoSignature : null;
        _address = address;
    }

    /// <param name="conversation">The conversation.</param>
    /// <param name="model">The model of the request, or "".</param>
    /// <param name="address">The base address of uploaded files.</param>
    /// <exception cref="ArgumentException">A message cannot be sent in this format, or none would be sent.</exception>
    public static (JsonArray Contents, JsonObject? Instruction) Write(Conversation conversation, string model, Uri address)
    {
        var writer = new GeminiMessageWriter(model, address);
        if (conversation.Instructions is { } instructions) writer.AddInstruction(instructions);
        foreach (ConversationTurn turn in conversation.Turns)
        {
            if (turn.IsAssistant) writer.WriteAnswer(turn);
            writer.WriteResults(turn);
            if (turn.Role == ChatRole.System || turn.Role.Value is "developer") writer.WriteInstruction(turn);
            else if (!turn.IsAssistant) writer.WriteParts(turn);
        }

        Conversation.ThrowIfNothingWritten(writer._contents);
        return (writer._contents, writer._instructions.Count == 0 ? null : new JsonObject { ["parts"] = writer._instructions });
    }

    /// <summary>The id of a call as the provider sent it; null if it sent none and the id was generated.</summary>
    public static string? IdOf(string callId)
    {
        bool isGenerated = callId.StartsWith("call_", StringComparison.Ordinal) && callId.LastIndexOf('_') is > 5 and var end
            && int.TryParse(callId.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isGenerated ? null : callId;
    }

    /// <summary>Whether a signature can be one of Google's, which are Base64.</summary>
    public static bool IsSignature(string? signature) => !string.IsNullOrEmpty(signature) && Base64.IsValid(signature.AsSpan());

    private void WriteInstruction(ConversationTurn turn)
    {
        if (turn.Parts.FirstOrDefault(part => part is not TextContent) is { } part)
            throw InvalidRequest.UnsupportedContent(turn.Index, part, "A system message can only contain text.");
        string text = string.Concat(turn.Parts.Cast<TextContent>().Select(part => part.Text));
        if (text.Length > 0) AddInstruction(text);
    }

    private void AddInstruction(string text) => _instructions.Add((JsonNode)new JsonObject { ["text"] = text });

    private void WriteAnswer(ConversationTurn turn)
    {
        // Calls in several messages are still one turn.
        JsonObject? last = _results is null && _contents is [.., JsonObject content] && content["role"].Is("model") ? content : null;
        JsonArray parts = last?["parts"] as JsonArray ?? [];
        foreach (FunctionCallContent call in turn.Calls) _functionNames[call.CallId] = call.Name;
        GeminiAnswerWriter.Write(turn, parts, _missingSignature);
        if (last is null && parts.Count > 0) Begin("model", parts);
    }

    private void WriteResults(ConversationTurn turn)
    {
        foreach (FunctionResultContent result in turn.Results)
        {
            if (!_functionNames.TryGetValue(result.CallId, out string? name))
            {
                throw InvalidRequest.Messages(
                    $"Message {turn.Index} has the result of the function call \"{result.CallId}\", but no earlier message has the call. "
                    + "Gemini requires the name of the function: also pass the assistant's message with the FunctionCallContent.");
            }

            JsonArray? results = _results;
            if (results is null) Begin("user", results = []);
            _results = results;
            results.Add((JsonNode)new JsonObject { ["functionResponse"] = GeminiResults.Write(result, name, turn.Index) });
        }
    }

    private void WriteParts(ConversationTurn turn)
    {
        if (turn.Parts.Count == 0) return;
        var parts = new JsonArray();
        foreach (AIContent content in turn.Parts)
        {
            JsonObject part = GeminiPartWriter.Write(content, _address) ?? throw InvalidRequest.UnsupportedContent(turn.Index, content);
            part.FillProperties(content.AdditionalProperties); // such as mediaResolution, videoMetadata
            parts.Add((JsonNode)part);
        }

        Begin("user", parts);
    }

    private void Begin(string role, JsonArray parts)
    {
        _results = null;
        _contents.Add((JsonNode)new JsonObject { ["role"] = role, ["parts"] = parts });
    }
}
