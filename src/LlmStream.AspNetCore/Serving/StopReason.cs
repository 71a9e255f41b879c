namespace LlmStream.AspNetCore.Serving;

/// <summary>Why an answer had to stop before its end.</summary>
internal enum StopReason
{
    /// <summary>It did not have to.</summary>
    None,

    /// <summary>The client closed the connection.</summary>
    ClientLeft,

    /// <summary>The server shuts down, and the time for running answers is over.</summary>
    ShuttingDown,

    /// <summary>The response cannot be written, and not because the client left: a middleware failed.</summary>
    WriteFailed,
}
