using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>
/// A part that the caller wrote in the provider's format, because Microsoft.Extensions.AI has no type for it: a plain
/// <see cref="AIContent"/> whose <see cref="AIContent.RawRepresentation"/> is a <see cref="JsonObject"/>.
/// </summary>
internal static class RawContent
{
    public static bool Is(AIContent content) => content.GetType() == typeof(AIContent) && content.RawRepresentation is JsonObject;

    /// <summary>A copy of the object, or null if the content is something else.</summary>
    public static JsonObject? Read(AIContent content) =>
        Is(content) ? ((JsonObject)content.RawRepresentation!).DeepClone().AsObject() : null;
}
