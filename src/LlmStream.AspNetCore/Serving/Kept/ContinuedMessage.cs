using System.Text;
using System.Text.Json;
using LlmStream.AspNetCore.Wires;
using LlmStream.AspNetCore.Wires.UIMessages;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// The parts of the message that an answer continues, as after the results of tools. Kept with the stream for the wire of UI messages,
/// whose clients need them when they resume.
/// </summary>
internal static class ContinuedMessage
{
    // They are read with the metadata. Without them, a page that is reloaded in mid-answer shows only the new part of the message.
    private const int MaxBytes = 64 * 1024;

    /// <summary>Finds the parts in a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="form">The wire in whose form its body is.</param>
    /// <returns>A JSON array; null if the request continues no message, or the parts are too large.</returns>
    public static byte[]? PartsOf(ChatRelayRequest request, ChatWire form)
    {
        if (form.Name != ChatWire.UIMessages.Name || request.MessageId is not { } id) return null;
        JsonElement body = request.Body;
        IEnumerable<JsonElement> messages = body.TryGetProperty("messages"u8, out JsonElement all) && all.ValueKind == JsonValueKind.Array
            ? all.EnumerateArray()
            : body.TryGetProperty("message"u8, out JsonElement last) ? [last] : [];
        foreach (JsonElement message in messages)
        {
            if (!message.TryGetProperty("id"u8, out JsonElement known) || known.ValueKind != JsonValueKind.String
                || known.GetString() != id || !message.TryGetProperty("parts"u8, out JsonElement parts)
                || parts.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            byte[] json = UIJson.RemoveWhiteSpace(Encoding.UTF8.GetBytes(parts.GetRawText()));
            return json.Length <= MaxBytes && UIJson.IsAccepted(json) ? json : null;
        }

        return null;
    }
}
