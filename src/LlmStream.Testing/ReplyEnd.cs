namespace LlmStream.Testing;

/// <summary>How the server's reply to a request ended.</summary>
public enum ReplyEnd
{
    /// <summary>The whole body was sent and properly ended.</summary>
    Complete,

    /// <summary>The body was properly ended, but early (<see cref="Script.CutAt"/>).</summary>
    Cut,

    /// <summary>The connection was closed before the end of the body (<see cref="Script.AbortAt"/>).</summary>
    Aborted,

    /// <summary>The connection was reset (<see cref="Script.ResetAt"/>).</summary>
    Reset,

    /// <summary>The client disconnected, or the server was disposed of, before the reply ended.</summary>
    ClientLeft,
}
