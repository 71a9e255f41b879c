using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>A tool call whose fragments are still arriving.</summary>
internal sealed class PendingToolCall(int index)
{
    private readonly StringBuilder _arguments = new();
    private string? _id;
    private string? _name;

    public int Index { get; } = index;

    /// <summary>Whether the call has been passed on. What comes after the provider said that it is whole is no part of it.</summary>
    public bool IsGiven { get; set; }

    public void Take(ToolCallDelta fragment)
    {
        _id ??= fragment.Id;
        _name ??= fragment.Name;
        if (fragment.Arguments.Length == 0) return;
        if (fragment.ArgumentsOffset < _arguments.Length) _arguments.Length = fragment.ArgumentsOffset; // rewritten; nobody has seen it yet
        _arguments.Append(fragment.Arguments);
    }

    public ToolCall ToToolCall() => new() { Index = Index, Id = _id, Name = _name ?? "", Arguments = _arguments.ToString() };

    /// <summary>The call, with its arguments read. Where they are no JSON object, it carries the exception that says so.</summary>
    /// <param name="idPrefix">What an id is made of where the provider sent none.</param>
    /// <param name="isCutOff">Whether the answer was cut off, by a limit or a filter, and perhaps the call with it.</param>
    public FunctionCallContent ToContent(Func<string> idPrefix, bool isCutOff)
    {
        ToolCall call = ToToolCall();
        FunctionCallContent content = FunctionCallContent.CreateFromParsedArguments(
            call.Arguments, string.IsNullOrEmpty(call.Id) ? $"{idPrefix()}_{Index}" : call.Id, call.Name, text => Parse(text, isCutOff));
        content.RawRepresentation = call;
        return content;
    }

    private static Dictionary<string, object?> Parse(string text, bool isCutOff)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(text))
        {
            // A function without parameters is called with nothing at all; so is one whose arguments never came.
            return isCutOff ? throw new JsonException("The answer was cut off before the arguments came.") : arguments;
        }

        using JsonDocument document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind == JsonValueKind.Null) return arguments;
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException($"The arguments are not an object: {text}");
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value.Clone();
        return arguments;
    }
}
