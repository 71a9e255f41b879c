namespace LlmStream.Transport;

/// <summary>Counts how often handlers of the HTTP client, such as those of a resilience library, sent a request again.</summary>
internal sealed class ResendCounter
{
    public int Count { get; private set; }

    /// <summary>Whether a request was sent with a body.</summary>
    public bool IsSent { get; private set; }

    /// <summary>Counts the requests that were sent with a body.</summary>
    public void Add(RequestContent? content)
    {
        IsSent |= content is { WriteCount: > 0 };
        if (content is { WriteCount: > 1 }) Count += content.WriteCount - 1;
    }
}
