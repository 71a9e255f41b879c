using System.Text;

namespace LlmStream.Transport;

/// <summary>The requests of a client for prompts without options, which differ only in the prompt: no JSON tree is built.</summary>
/// <remarks>
/// Invariant: the prompt is one JSON string of the body, and nothing else of the request depends on it. A dialect for which that is not so
/// has no template.
/// </remarks>
internal sealed class PromptTemplate
{
    // Found in no other part of a body.
    private const string Placeholder = "llmstream-prompt-6d1f0c52";

    private static readonly byte[] QuotedPlaceholder = Encoding.UTF8.GetBytes($"\"{Placeholder}\"");

    private readonly ChatRequest _request;
    private readonly int _sentStart;
    private readonly int _originalStart;

    private PromptTemplate(ChatRequest request, int sentStart, int originalStart)
    {
        _request = request;
        _sentStart = sentStart;
        _originalStart = originalStart;
    }

    /// <summary>Creates a template.</summary>
    /// <param name="build">Builds the request for a prompt.</param>
    /// <returns>Null if there is none.</returns>
    public static PromptTemplate? Create(Func<string, ChatRequest> build)
    {
        ChatRequest request = build(Placeholder);
        int sent = Find(request.Body.Span), original = Find(request.OriginalBody.Span);
        // An id of the client's choice is sent in a header.
        return sent < 0 || original < 0 || request.KeptId is not null ? null : new PromptTemplate(request, sent, original);
    }

    /// <summary>Creates the request for a prompt.</summary>
    public ChatRequest CreateRequest(string prompt)
    {
        byte[] body = Fill(_request.Body.Span, _sentStart, prompt);
        bool isOriginal = _request.Body.Equals(_request.OriginalBody);
        return _request.WithBody(body, isOriginal ? body : Fill(_request.OriginalBody.Span, _originalStart, prompt));
    }

    /// <summary>Where the placeholder is; -1 if it is not exactly once in the body, or only part of a string.</summary>
    private static int Find(ReadOnlySpan<byte> body)
    {
        int start = body.IndexOf(QuotedPlaceholder);
        ReadOnlySpan<byte> placeholder = QuotedPlaceholder.AsSpan()[1..^1];
        bool isOnlyOne = start >= 0 && body.IndexOf(placeholder) == start + 1 && body.LastIndexOf(placeholder) == start + 1;
        return isOnlyOne ? start : -1;
    }

    private static byte[] Fill(ReadOnlySpan<byte> body, int start, string prompt) =>
        RequestBody.Write(body[..start], prompt, body[(start + QuotedPlaceholder.Length)..]);
}
