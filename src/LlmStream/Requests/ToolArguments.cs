using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>Writes the arguments of a function call.</summary>
internal static class ToolArguments
{
    /// <summary>
    /// The arguments as an object. It is empty if the arguments that the model sent were not valid JSON: a server that parses them
    /// would refuse the whole request.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="index">The index of the message, for error messages.</param>
    /// <exception cref="ArgumentException">An argument cannot be converted to JSON.</exception>
    public static JsonObject ToJson(FunctionCallContent call, int index)
    {
        var arguments = new JsonObject();
        if (call.Arguments is null) return arguments;
        foreach ((string name, object? value) in call.Arguments)
        {
            string description = $"The argument \"{name}\" of the function call \"{call.CallId}\" in message {index}";
            arguments[name] = JsonNodes.Convert(value, description, InvalidRequest.MessagesParameter);
        }

        return arguments;
    }
}
