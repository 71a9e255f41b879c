using System.Text.Json;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>The roles of messages.</summary>
internal static class Roles
{
    /// <summary>The role that the reader's string names.</summary>
    public static ChatRole Read(ref Utf8JsonReader reader) =>
        reader.Is("assistant"u8) ? ChatRole.Assistant : new ChatRole(reader.Decode());
}
