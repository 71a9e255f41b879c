using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Testing;

/// <summary>A request that the server received, and the outcome of its reply.</summary>
[DebuggerDisplay("{Number}: {Method,nq} {Path,nq}")]
public sealed class ScriptedRequest
{
    private readonly TaskCompletionSource _clientLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ReplyEnd> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesSent;

    internal ScriptedRequest(
        int number, string method, string path, string query, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        Number = number;
        Method = method;
        Path = path;
        Query = query;
        Headers = headers;
        Body = body;
        Json = Parse(body);
    }

    /// <summary>The number of the request, starting at 0.</summary>
    public int Number { get; }

    /// <summary>The HTTP method.</summary>
    public string Method { get; }

    /// <summary>The path, without the query.</summary>
    public string Path { get; }

    /// <summary>The query with its question mark, or an empty string.</summary>
    public string Query { get; }

    /// <summary>The headers; names are case-insensitive, and multiple values of a name are joined with commas.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The bytes of the body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body as UTF-8 text.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The body as JSON, or <see langword="null"/> if it is not JSON.</summary>
    public JsonNode? Json { get; }

    /// <summary>The dialect of the reply, or <see langword="null"/> if this was not a chat request.</summary>
    public ChatDialect? Dialect { get; internal set; }

    /// <summary>How the request asked the server to continue a partial answer.</summary>
    public ContinuationKind Continuation { get; internal set; }

    /// <summary>The length of the partial answer in the request, in UTF-16 code units; 0 if there was none.</summary>
    public int ContinuedFrom { get; internal set; }

    /// <summary>The HTTP status of the reply, or 0 if it has not started.</summary>
    public int Status { get; internal set; }

    /// <summary>The number of bytes of the reply's body that were handed to the operating system, without the chunked encoding.</summary>
    public long BytesSent
    {
        get => Interlocked.Read(ref _bytesSent);
        internal set => Interlocked.Exchange(ref _bytesSent, value);
    }

    /// <summary>
    /// Completes when the client disconnects before the reply has ended. Canceled if the reply ends in any other way, so that a test
    /// never waits forever.
    /// </summary>
    public Task ClientLeft => _clientLeft.Task;

    /// <summary>Completes when the reply has ended. Faults if the script asked for something impossible.</summary>
    public Task<ReplyEnd> Finished => _finished.Task;

    // Only the first outcome counts: a connection that the server resets is then also reported as a disconnect.
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
