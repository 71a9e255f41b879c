namespace LlmStream.Testing;

/// <summary>How a <see cref="ScriptedLlmServer"/> replays its streams, besides the replays that a dialect has itself.</summary>
public enum ReplayKind
{
    /// <summary>Streams are not kept.</summary>
    None,

    /// <summary>
    /// As llama.cpp does: a stream whose request has the header <c>X-Conversation-Id</c> is kept, and sent again from a byte offset by
    /// <c>GET …/stream?conv_id=ID&amp;from=BYTES</c> or <c>GET …/stream/ID?from=BYTES</c>. A <c>DELETE</c> with the same address
    /// removes it.
    /// </summary>
    LlamaCpp,

    /// <summary>
    /// As Cloudflare's AI Gateway does: every event stream is kept, the header <c>cf-aig-run-id</c> has its id, and
    /// <c>GET …/run/ID/resume?from=EVENT</c> sends it again from the event with that index.
    /// </summary>
    CloudflareGateway,
}
