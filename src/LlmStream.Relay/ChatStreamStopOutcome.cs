namespace LlmStream.Relay;

/// <summary>What a request to stop did.</summary>
public enum ChatStreamStopOutcome
{
    /// <summary>The producer will end the stream as cancelled.</summary>
    Requested,

    /// <summary>The stream had no producer, and was ended as cancelled.</summary>
    Canceled,

    /// <summary>There was no stream for the digest yet. It will not begin.</summary>
    Prevented,

    /// <summary>The stream had ended. Nothing was done.</summary>
    Ended,

    /// <summary>The epoch is not the current one. Nothing was done.</summary>
    EpochChanged,

    /// <summary>The stream is unknown or has expired. Nothing was done.</summary>
    NotFound,
}
