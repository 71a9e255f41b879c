using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Testing;

/// <summary>A request that the server got, and what became of it.</summary>
[DebuggerDisplay("{Number}: {Method,nq} {Path,nq}")]
public sealed class ScriptedRequest
{
    private readonly TaskCompletionSource _clientLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ReplyEnd> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesSent;

    internal ScriptedRequest(int number, string method, string path, string query, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        Number = number;
        Method = method;
        Path = path;
        Query = query;
        Headers = headers;
        Body = body;
        Json = Parse(body);
    }

    /// <summary>Which request it was: 0 for the server's first.</summary>
    public int Number { get; }

    /// <summary>The HTTP method.</summary>
    public string Method { get; }

    /// <summary>The path, without the query.</summary>
    public string Path { get; }

    /// <summary>The query with its question mark, or <c>""</c>.</summary>
    public string Query { get; }

    /// <summary>The headers, by name in any case; several values of one name are joined with commas.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The bytes of the body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body as UTF-8 text.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The body as JSON, or <see langword="null"/> when it is none.</summary>
    public JsonNode? Json { get; }

    /// <summary>The dialect in which it was answered, or <see langword="null"/> when it was not one of a chat.</summary>
    public ChatDialect? Dialect { get; internal set; }

    /// <summary>How it asked to continue an answer.</summary>
    public ContinuationKind Continuation { get; internal set; }

    /// <summary>How much of the scripted answer the request already held, in UTF-16 code units; 0 when it began anew.</summary>
    public int ContinuedFrom { get; internal set; }

    /// <summary>The HTTP status of the reply, or 0 while there is none.</summary>
    public int Status { get; internal set; }

    /// <summary>How many bytes of the reply's body were handed to the operating system, without the chunked encoding.</summary>
    public long BytesSent
    {
        get => Interlocked.Read(ref _bytesSent);
        internal set => Interlocked.Exchange(ref _bytesSent, value);
    }

    /// <summary>
    /// Completes when the client goes away before the reply is over. Canceled when the reply ends in any other way, so that
    /// a test which waits for it does not wait for ever.
    /// </summary>
    public Task ClientLeft => _clientLeft.Task;

    /// <summary>Completes when the reply is over, and says how it ended. Fails when the script asked for what cannot be done.</summary>
    public Task<ReplyEnd> Finished => _finished.Task;

    // The first end counts: a connection that the server resets is gone for the client, too.
    internal void End(ReplyEnd end)
    {
        if (!_finished.TrySetResult(end)) return;
        if (end is ReplyEnd.ClientLeft) _clientLeft.TrySetResult();
        else _clientLeft.TrySetCanceled();
    }

    internal void Fail(Exception exception)
    {
        if (_finished.TrySetException(exception)) _clientLeft.TrySetCanceled();
    }

    private static JsonNode? Parse(byte[] body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
