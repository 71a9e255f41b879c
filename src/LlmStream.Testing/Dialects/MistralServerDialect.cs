using System.Text.Json;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Mistral: as OpenAI, except that the members of an error are not in a member <c>error</c>. Its clients name themselves.
/// </summary>
internal sealed class MistralServerDialect : OpenAIServerDialect
{
    public override bool Matches(ScriptedRequest request) => IsChat(request) && IsFromClient(request);

    public override bool IsLikely(ScriptedRequest request) => IsFromClient(request);

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.WriteString("object", "error");
        json.WriteText("message", message);
        json.WriteText("type", code);
        json.WriteNull("param");
        json.WriteText("code", code);
    }

    /// <summary>Whether a request is from one of Mistral's packages, such as <c>mistral-client-typescript/2.7.0</c>.</summary>
    public static bool IsFromClient(ScriptedRequest request) =>
        request.Headers.TryGetValue("User-Agent", out string? agent) && agent.Contains("mistral", StringComparison.OrdinalIgnoreCase);
}
