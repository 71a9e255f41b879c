namespace LlmStream.Testing.Continuing;

/// <summary>What the server does when it is asked to continue an answer.</summary>
internal sealed record Continuation
{
    public const string Refusal = "This model does not support assistant message prefill. The conversation must end with a user message.";

    /// <summary>Says the prefix once more before it goes on, in one chunk, as Mistral does.</summary>
    public bool EchoesPrefix { get; init; }

    /// <summary>Goes back by this many UTF-16 code units.</summary>
    public int Overlap { get; init; }

    /// <summary>Ignores what there is and answers anew.</summary>
    public bool StartsOver { get; init; }

    /// <summary>What it answers when it starts over; null means the same text.</summary>
    public string? OtherText { get; init; }

    /// <summary>Refuses an assistant message at the end with status 400 and this message.</summary>
    public string? PrefillRefusal { get; init; }

    /// <summary>The flag without which an assistant message at the end is refused (<c>prefix</c>, <c>partial</c>).</summary>
    public string? NeededFlag { get; init; }
}
