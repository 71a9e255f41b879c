using System.Text;
using System.Text.Json;

namespace LlmStream.AspNetCore.Wires.AgUI;

/// <summary>A tool call, as far as the client was told of it.</summary>
internal sealed class AgUICall(int index)
{
    /// <summary>How much of the arguments the client was told.</summary>
    public SentLength Sent;

    private byte[]? _argumentsDelta;
    private StringBuilder? _held; // arguments that came before the name
    private bool _isIncomplete;

    public int Index { get; } = index;

    /// <summary>The provider's id.</summary>
    public string? Id { get; private set; }

    public string? Name { get; private set; }

    /// <summary>The id that the client knows, once the call is open.</summary>
    public JsonEncodedText WireId { get; private set; }

    /// <summary>The beginning of the deltas of the arguments, once the call is open.</summary>
    public byte[] ArgumentsDelta => _argumentsDelta ??= AgUIEvents.PrepareArguments(WireId);

    public bool IsOpen { get; private set; }

    public bool HasEnded { get; private set; }

    public bool HasResult { get; set; }

    /// <summary>Whether the client has to run the tool.</summary>
    public bool IsPending => HasEnded && !HasResult && !_isIncomplete && Name is { Length: > 0 };

    /// <summary>Takes the id and the name of a fragment.</summary>
    public void Describe(ToolCallDelta fragment)
    {
        Id ??= fragment.Id;
        Name ??= fragment.Name;
    }

    /// <summary>Holds the arguments of a fragment until the call can be opened.</summary>
    public void Hold(ToolCallDelta fragment)
    {
        _held ??= new StringBuilder();
        _held.Length = Math.Min(fragment.ArgumentsOffset, _held.Length);
        _held.Append(fragment.Arguments);
    }

    /// <summary>Takes the arguments that were held.</summary>
    public string TakeHeld()
    {
        string held = _held?.ToString() ?? "";
        _held = null;
        Sent.TryAdvance(held, 0);
        return held;
    }

    public void Open(JsonEncodedText wireId)
    {
        WireId = wireId;
        IsOpen = true;
    }

    public void End(bool isIncomplete)
    {
        IsOpen = false;
        HasEnded = true;
        _isIncomplete = isIncomplete;
    }
}
