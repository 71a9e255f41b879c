namespace LlmStream.Redis;

/// <summary>The names of operations in metrics.</summary>
internal static class Operations
{
    public const string Begin = "begin";
    public const string SetRequest = "set_request";
    public const string Append = "append";
    public const string Complete = "complete";
    public const string Renew = "renew";
    public const string Release = "release";
    public const string RestartEpoch = "restart_epoch";
    public const string Read = "read";
    public const string Touch = "touch";
    public const string Stop = "stop";
    public const string Status = "status";
    public const string Find = "find";
    public const string Forget = "forget";
    public const string TakeOver = "take_over";
    public const string Index = "index";
}
