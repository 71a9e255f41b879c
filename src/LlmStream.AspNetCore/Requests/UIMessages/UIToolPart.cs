using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>A tool call as the client keeps it, with its result. Immutable.</summary>
/// <remarks>
/// Providers refuse a conversation with a call that has no result. A call is therefore only without one if it cannot be sent at all
/// (its arguments did not arrive completely); any other that was not run gets an error as its result, so that the model knows.
/// </remarks>
internal sealed class UIToolPart
{
    private readonly JsonElement _part;
    private readonly string _position;
    private readonly string _state;

    /// <exception cref="InvalidRelayRequestException">The part is not valid.</exception>
    public UIToolPart(UIPart part)
    {
        _part = part.Value;
        _position = part.Position;
        _state = _part.RequiredText("state", _position);
        CallId = _part.RequiredText("toolCallId", _position);
        Call = new FunctionCallContent(CallId, part.ToToolName(), ReadArguments());
    }

    public string CallId { get; }

    public FunctionCallContent Call { get; }

    /// <summary>Whether the call can be sent: it is complete, and the application's; only its provider can read a call of its own.</summary>
    public bool CanBeSent => _state != "input-streaming" && !_part.IsTrue("providerExecuted");

    /// <summary>Whether it has a result.</summary>
    public bool HasResult => _state is "output-available" or "output-error" or "output-denied";

    /// <summary>Whether the user approved the call, and it has not been run since.</summary>
    public bool IsApproved => _state == "approval-responded" && Approval is { } approval && approval.IsTrue("approved");

    /// <summary>The id of the request for approval, or null.</summary>
    public string? ApprovalId => Approval?.Text("id", $"{_position}.approval");

    private JsonElement? Approval => _part.Field("approval");

    /// <summary>The result, or an error if there is none.</summary>
    /// <exception cref="InvalidRelayRequestException">The part is not valid.</exception>
    public FunctionResultContent ToResult() => _state switch
    {
        "output-available" => new FunctionResultContent(CallId, ReadOutput()),
        "output-error" => Error(_part.Text("errorText", _position) ?? "The tool failed."),
        "output-denied" or "approval-responded" when !IsApproved =>
            Error(Approval?.Text("reason", $"{_position}.approval") is { } reason
                ? $"The user denied the call: {reason}"
                : "The user denied the call."),
        _ => Error("The tool was not run."),
    };

    private FunctionResultContent Error(string text) =>
        new(CallId, $"Error: {text}") { Exception = new InvalidOperationException(text) };

    private object? ReadOutput() => _part.Field("output") switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } value => value,
    };

    // What is not an object, such as arguments of a call that could not be parsed, cannot be sent as arguments.
    private Dictionary<string, object?> ReadArguments()
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (_part.Field("input") is not { ValueKind: JsonValueKind.Object } input) return arguments;
        foreach (JsonProperty property in input.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value;
        return arguments;
    }
}
