namespace LlmStream.Testing;

/// <summary>What a front end requests.</summary>
public enum ChatFrontEndRequestKind
{
    /// <summary>An answer, with <c>POST</c>, or with <c>GET</c> as <c>EventSource</c> does.</summary>
    Begin,

    /// <summary>
    /// To go on with the answer: <c>GET {address}/{id}/stream</c>, or <c>GET {address}</c> with <c>Last-Event-ID</c>.
    /// </summary>
    Resume,

    /// <summary>To stop the answer: <c>POST {address}/{id}/stop</c>, or <c>DELETE {address}/{id}</c>.</summary>
    Stop,
}
