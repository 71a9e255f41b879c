using System.Security.Claims;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// The user and the body of a request, stored encrypted with the stream: if another node ends the stream, its application learns for whom
/// the answer is.
/// </summary>
internal static class RequestState
{
    /// <summary>Writes the state.</summary>
    /// <param name="request">The request.</param>
    /// <param name="form">The wire in whose form the body is.</param>
    public static byte[] Write(ChatRelayRequest request, ChatWire form)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body)) request.Body.WriteTo(json);
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write(form.Name);
        writer.Write((int)body.Length);
        writer.Write(body.GetBuffer(), 0, (int)body.Length);
        request.User.WriteTo(writer);
        writer.Flush();
        return buffer.ToArray();
    }

    /// <summary>Reads the state. What it does not have, and all if it cannot be read, is taken from the metadata.</summary>
    public static ChatRelayRequest Read(ReadOnlyMemory<byte> state, KeptMetadata metadata, ChatWire wire)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(state.ToArray()));
            string form = reader.ReadString();
            byte[] body = reader.ReadBytes(reader.ReadInt32());
            var user = new ClaimsPrincipal(reader);
            ParsedRequest parsed = ChatWire.All.First(candidate => candidate.Name == form).ReadRequest(RequestBody.Parse(body));
            return parsed.Request.With(user, wire, metadata.ConversationId);
        }
        catch (Exception exception) when (exception is IOException or InvalidRelayRequestException or InvalidOperationException
            or ArgumentException)
        {
            return new ChatRelayRequest
            {
                Wire = wire,
                Messages = [],
                Model = metadata.Context.Model,
                ConversationId = metadata.ConversationId,
                RunId = metadata.Context.RunId,
            };
        }
    }
}
