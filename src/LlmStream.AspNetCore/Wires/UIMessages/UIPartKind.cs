namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>What a part that grows contains.</summary>
internal enum UIPartKind
{
    /// <summary>No part.</summary>
    None,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Reasoning.</summary>
    Reasoning,

    /// <summary>A refusal, shown as text.</summary>
    Refusal,
}
