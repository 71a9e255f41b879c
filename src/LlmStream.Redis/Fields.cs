namespace LlmStream.Redis;

/// <summary>Fields of the hash of a conversation.</summary>
internal static class Fields
{
    public const string Latest = "latest";
    public const string Forgotten = "forgotten";

    /// <summary>Before a digest: its stream.</summary>
    public const string Digest = "d:";

    /// <summary>Before a digest: until when a request with it is stopped.</summary>
    public const string Stop = "x:";
}
