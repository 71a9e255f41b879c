using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>A tool call as the client keeps it, with its result. Immutable.</summary>
/// <remarks>
/// Providers refuse a conversation with a call that has no result. A call whose arguments did not arrive completely is left out; any other
/// that was not run gets an error as its result, so that the model knows.
/// </remarks>
internal sealed class UIToolPart
{
    private readonly JsonField _part;
    private readonly string _state;

    /// <exception cref="InvalidRelayRequestException">The part is not valid.</exception>
    public UIToolPart(UIPart part)
    {
        _part = part.Source;
        _state = _part["state"].Text();
        CallId = _part["toolCallId"].Text();
        if (CallId.Length == 0) throw _part["toolCallId"].Invalid("must not be empty");
        Call = new FunctionCallContent(CallId, part.ToToolName(), ReadArguments());
    }

    public string CallId { get; }

    public FunctionCallContent Call { get; }

    /// <summary>
    /// Whether the call is complete, and one of the application's tools: a provider's own call only the provider can read.
    /// </summary>
    public bool CanBeSent => _state != "input-streaming" && !IsTrue(_part["providerExecuted"]);

    /// <summary>Whether it has a result.</summary>
    public bool HasResult => _state is "output-available" or "output-error" or "output-denied";

    /// <summary>Whether the user approved the call, and it has not been run since.</summary>
    public bool IsApproved => _state == "approval-responded" && IsTrue(_part["approval"]["approved"]);

    /// <summary>The id of the request for approval, or null.</summary>
    public string? ApprovalId => _part["approval"]["id"].OptionalText();

    /// <summary>The result, or an error if the call has no result.</summary>
    /// <exception cref="InvalidRelayRequestException">The part is not valid.</exception>
    public FunctionResultContent ToResult() => _state switch
    {
        "output-available" => new FunctionResultContent(CallId, ReadOutput(_part["output"])),
        "output-error" => Error(_part["errorText"].OptionalText() ?? "The tool failed."),
        "output-denied" or "approval-responded" when !IsApproved =>
            Error(_part["approval"]["reason"].OptionalText() is { Length: > 0 } reason
                ? $"The user denied the call: {reason}"
                : "The user denied the call."),
        _ => Error("The tool was not run."),
    };

    private static bool IsTrue(JsonField field) => field.Value.ValueKind == JsonValueKind.True;

    private static object? ReadOutput(JsonField output) =>
        output.IsText ? output.Value.GetString() : output.IsPresent ? output.Value : null;

    private FunctionResultContent Error(string text) =>
        new(CallId, $"Error: {text}") { Exception = new InvalidOperationException(text) };

    // What is not an object, such as arguments of a call that could not be parsed, cannot be sent as arguments.
    private Dictionary<string, object?> ReadArguments()
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (_part["input"] is not { IsObject: true } input) return arguments;
        foreach (JsonProperty property in input.Value.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value;
        return arguments;
    }
}
