namespace LlmStream.Testing;

/// <summary>How the server's reply to a request ended.</summary>
public enum ReplyEnd
{
    /// <summary>The whole body was sent, and ended properly.</summary>
    Complete,

    /// <summary>The body was ended properly, but early (<see cref="Script.CutAt"/>).</summary>
    Cut,

    /// <summary>The connection was closed without the end of the body (<see cref="Script.AbortAt"/>).</summary>
    Aborted,

    /// <summary>The connection was reset (<see cref="Script.ResetAt"/>).</summary>
    Reset,

    /// <summary>The client went away, or the server was disposed of, before the reply was over.</summary>
    ClientLeft,
}
