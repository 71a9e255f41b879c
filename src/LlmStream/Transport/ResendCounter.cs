namespace LlmStream.Transport;

/// <summary>Counts how often handlers of the HTTP client, such as those of a resilience library, sent a request again.</summary>
internal sealed class ResendCounter
{
    public int Count { get; private set; }

    /// <summary>Whether a request was sent with a body.</summary>
    public bool IsSent { get; private set; }

    /// <summary>The server that the body of the last request was sent to, which a handler may have chosen; null if it had none.</summary>
    public Uri? Server { get; private set; }

    /// <summary>Counts the requests that were sent with a body.</summary>
    public void Add(RequestContent? content)
    {
        Server = content?.Target;
        IsSent |= content is { WriteCount: > 0 };
        if (content is { WriteCount: > 1 }) Count += content.WriteCount - 1;
    }
}
