using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

/// <summary>Creates requests in OpenAI's dialect that ask to continue a partial answer.</summary>
internal static class ContinuationRequest
{
    /// <summary>
    /// The members to add to the assistant message (or <c>user</c> to add a user message after it), the members to add to the body, and
    /// the kind of continuation.
    /// </summary>
    public static TheoryData<string, string, ContinuationKind> Kinds => new()
    {
        { "{}", "{}", ContinuationKind.Prefill },
        { """{"prefix":true}""", "{}", ContinuationKind.PrefixFlag },
        { """{"partial":true}""", "{}", ContinuationKind.PartialFlag },
        { "{}", """{"continue_final_message":true,"add_generation_prompt":false}""", ContinuationKind.ContinueFinalMessage },
        { "user", "{}", ContinuationKind.Instruction },
    };

    /// <summary>The lengths at which a text can be cut without splitting a surrogate pair, except 0 and its whole length.</summary>
    public static IEnumerable<int> GetPrefixLengths(string text) =>
        Enumerable.Range(1, text.Length - 1).Where(length => !char.IsLowSurrogate(text[length]));

    public static string Create(string partial, string message, string body)
    {
        var assistant = new JsonObject { ["role"] = "assistant", ["content"] = partial };
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }, assistant);
        if (message == "user") messages.Add(new JsonObject { ["role"] = "user", ["content"] = "Go on." });
        else Copy(message, assistant);
        var request = new JsonObject { ["model"] = "m", ["stream"] = true, ["messages"] = messages };
        Copy(body, request);
        return request.ToJsonString();
    }

    private static void Copy(string json, JsonObject target)
    {
        foreach ((string name, JsonNode? value) in JsonNode.Parse(json)!.AsObject()) target[name] = value!.DeepClone();
    }
}
