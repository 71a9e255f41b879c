using LlmStream.Testing.FrontEnds.Wires;

namespace LlmStream.Testing.FrontEnds;

/// <summary>What the server replies to one request of a case.</summary>
internal sealed record CaseReply
{
    public int Status { get; init; } = 200;

    public IReadOnlyList<ReplyStep> Steps { get; init; } = [];

    /// <summary>The body of a response that is not a stream.</summary>
    public string? Body { get; init; }

    /// <summary>A stream of events.</summary>
    public static CaseReply Of(IEnumerable<string> events) => new() { Steps = [.. events.Select(ReplyStep.Event)] };

    /// <summary>A status and a body in the form of the wire.</summary>
    public static CaseReply Of(FrontEndWire wire, Failure failure) => new() { Status = failure.Status, Body = wire.WriteError(failure) };

    /// <summary>The same, and then more.</summary>
    public CaseReply Then(params IEnumerable<ReplyStep> steps) => this with { Steps = [.. Steps, .. steps] };
}

/// <summary>A part of a reply that is a stream.</summary>
/// <param name="Kind">What the server does.</param>
/// <param name="Text">What it sends.</param>
internal sealed record ReplyStep(ReplyStepKind Kind, string Text = "")
{
    public static ReplyStep Comment { get; } = new(ReplyStepKind.Raw, ": keep-alive\n\n");

    public static ReplyStep Event(string data) => new(ReplyStepKind.Event, data);
}

/// <summary>What the server does.</summary>
internal enum ReplyStepKind
{
    /// <summary>Sends an event with this data, and waits for a moment.</summary>
    Event,

    /// <summary>Sends these bytes.</summary>
    Raw,

    /// <summary>Waits as long as a server waits before it sends a heartbeat.</summary>
    Silence,

    /// <summary>Waits as long as a server waits before it sends headers without an answer. Nothing is sent before.</summary>
    SlowStart,

    /// <summary>Resets the connection.</summary>
    Reset,

    /// <summary>Sends an event with this data again and again, until the answer is stopped. Ends the reply if the client leaves.</summary>
    UntilStopped,

    /// <summary>Waits until the client leaves.</summary>
    UntilClientLeaves,
}
