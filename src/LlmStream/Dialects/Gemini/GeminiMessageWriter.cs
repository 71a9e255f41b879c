using System.Buffers.Text;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// A conversation as Gemini's <c>contents</c> and <c>systemInstruction</c>. The parts of an answer go back in the order in which they
/// came, each with its signature (ai.google.dev/gemini-api/docs/thought-signatures).
/// </summary>
/// <param name="model">The model that is asked, or "".</param>
/// <param name="address">The address below which uploaded files lie, or null.</param>
internal sealed class GeminiMessageWriter(string model, Uri? address)
{
    // What is documented for a call that another model made: Gemini 3 refuses the first call of a turn without a signature.
    private const string NoSignature = "skip_thought_signature_validator";

    // A result names the function, and not the call alone.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly JsonArray _contents = [];
    private readonly JsonArray _instructions = [];
    private JsonArray? _results; // of the turn in hand: the results of one turn's calls are one content

    public (JsonArray Contents, JsonObject? Instruction) Write(IEnumerable<ChatMessage> messages, string? instructions)
    {
        AddInstruction(instructions);
        int index = 0;
        foreach (ChatMessage? message in messages)
        {
            if (message is null) throw new ArgumentException($"Message {index} is null. Leave it out.", nameof(messages));
            if (message.Role == ChatRole.System || message.Role.Value is "developer") AddInstruction(message.Text);
            else if (message.Role == ChatRole.Assistant) WriteAnswer(message, index);
            else WriteQuestion(message, index);
            index++;
        }

        if (_contents.Count == 0)
            throw new ArgumentException("There is no message to answer. Give at least one, such as new ChatMessage(ChatRole.User, \"Why is the sky blue?\").", nameof(messages));
        return (_contents, _instructions.Count == 0 ? null : new JsonObject { ["parts"] = _instructions });
    }

    private void AddInstruction(string? text)
    {
        if (!string.IsNullOrEmpty(text)) _instructions.Add((JsonNode)new JsonObject { ["text"] = text });
    }

    private void WriteAnswer(ChatMessage message, int index)
    {
        // Calls that were kept as several messages are still one turn.
        JsonObject? last = _results is null && _contents is [.., JsonObject content] && (string?)content["role"] == "model" ? content : null;
        JsonArray parts = last?["parts"] as JsonArray ?? [];
        new GeminiAnswerWriter(parts, GeminiModels.WantsSignatures(model) ? NoSignature : null).Write(message, index, _names);
        if (last is null && parts.Count > 0) Begin("model", parts);
        WriteResults(message, index);
    }

    private void WriteQuestion(ChatMessage message, int index)
    {
        WriteResults(message, index);
        var parts = new JsonArray();
        bool hasResults = false;
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case FunctionResultContent:
                    hasResults = true;
                    break;
                case FunctionCallContent:
                    throw new ArgumentException($"Message {index} (\"{message.Role}\") holds a FunctionCallContent. Only a model calls functions: give it the role assistant.", nameof(message));
                // An account of how an earlier answer went, or a question of the program to its user. Never said to the model.
                case TextContent { Text.Length: 0 } or TextReasoningContent or ErrorContent or UsageContent or ToolApprovalRequestContent or ToolApprovalResponseContent:
                    break;
                default:
                    parts.Add((JsonNode)WritePart(content, index));
                    break;
            }
        }

        if (parts.Count > 0 && message.Role == ChatRole.Tool)
            throw new ArgumentException($"Message {index} has the role \"tool\" and holds text or data. Give what a tool returned as FunctionResultContent, which says which call it answers.", nameof(message));
        if (parts.Count > 0) Begin("user", parts);
        else if (!hasResults)
            throw new ArgumentException($"Message {index} (\"{message.Role}\") holds nothing that can be sent. Give it text or other content, or leave it out.", nameof(message));
    }

    private void WriteResults(ChatMessage message, int index)
    {
        foreach (FunctionResultContent result in message.Contents.OfType<FunctionResultContent>())
        {
            if (!_names.TryGetValue(result.CallId, out string? name))
            {
                throw new ArgumentException(
                    $"Message {index} holds the result of a call \"{result.CallId}\", and no message before it holds that call. Gemini wants the name of the function beside its result: give the assistant's message with the FunctionCallContent as well.",
                    nameof(message));
            }

            JsonArray? results = _results;
            if (results is null) Begin("user", results = []);
            _results = results;
            results.Add((JsonNode)new JsonObject { ["functionResponse"] = GeminiResults.Write(result, name, index) });
        }
    }

    private void Begin(string role, JsonArray parts)
    {
        _results = null;
        _contents.Add((JsonNode)new JsonObject { ["role"] = role, ["parts"] = parts });
    }

    private JsonObject WritePart(AIContent content, int index)
    {
        JsonObject part = GeminiPartWriter.Write(content, address) ?? throw new ArgumentException(
            $"Message {index} holds a {content.GetType().Name}, for which this API has no form. Leave it out, or give the part as the provider wants it: new AIContent {{ RawRepresentation = new JsonObject {{ … }} }}.",
            nameof(content));
        foreach ((string name, object? value) in content.AdditionalProperties ?? [])
        {
            if (!part.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) part.Add(name, node); // mediaResolution, videoMetadata
        }

        return part;
    }

    /// <summary>The id of a call as the provider sent it; null of one that was made up here, because it sent none.</summary>
    public static string? IdOf(string callId) =>
        callId.StartsWith("call_", StringComparison.Ordinal) && callId.LastIndexOf('_') is > 5 and var end && int.TryParse(callId.AsSpan(end + 1), System.Globalization.NumberStyles.None, null, out _)
            ? null
            : callId;

    /// <summary>Whether a signature can be one of Google's, which are bytes in base 64.</summary>
    public static bool IsSignature(string? signature) => !string.IsNullOrEmpty(signature) && Base64.IsValid(signature.AsSpan());
}
