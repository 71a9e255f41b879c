using System.Text;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>A tool call of the answer, as far as it has arrived.</summary>
internal sealed class UIToolCall(int index)
{
    private byte[]? _inputDelta;

    public int Index { get; } = index;

    /// <summary>The provider's id, or null.</summary>
    public string? ProviderId { get; set; }

    /// <summary>The id that the browser knows; null before the call was sent.</summary>
    public string? Id { get; set; }

    /// <summary>The beginning of the deltas of the input, once the call has an id.</summary>
    public byte[] InputDelta => _inputDelta ??= UIMessageChunks.PrepareInputDelta(Id!);

    public string? Name { get; set; }

    public StringBuilder Arguments { get; } = new();

    /// <summary>Whether the browser was sent the input, or an error in place of it.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Whether the browser was sent the result.</summary>
    public bool HasResult { get; set; }
}
