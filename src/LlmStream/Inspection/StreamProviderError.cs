namespace LlmStream;

/// <summary>An error that a provider reported in an event of a stream.</summary>
public sealed class StreamProviderError
{
    internal StreamProviderError(string? code, string? message, int eventNumber)
    {
        Code = code;
        Message = message;
        EventNumber = eventNumber;
    }

    /// <summary>The provider's code for the error, as it was sent, or <see langword="null"/> if there is none.</summary>
    public string? Code { get; }

    /// <summary>The provider's message, or <see langword="null"/> if there is none.</summary>
    public string? Message { get; }

    /// <summary>The number of the event that contains the error, from 1.</summary>
    public int EventNumber { get; }
}
