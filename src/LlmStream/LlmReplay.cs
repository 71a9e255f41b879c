using LlmStream.Dialects;
using LlmStream.Dialects.Replays;

namespace LlmStream;

/// <summary>
/// How a server replays streams, whatever their format, for a <see cref="ChatContinuation.Replay"/>. Set in
/// <see cref="LlmProvider.Replay"/>. Formats with their own replay, such as OpenAI's Responses, do not need it.
/// </summary>
/// <example>
/// <code>
/// using var client = new LlmStreamClient(LlmProvider.LlamaCpp with { Replay = LlmReplay.LlamaCpp });
/// </code>
/// </example>
public sealed class LlmReplay
{
    private readonly string _name;

    private LlmReplay(ReplayProtocol protocol, string name) => (Protocol, _name) = (protocol, name);

    /// <summary>
    /// A llama.cpp server from July 2026 on. Requests have the header <c>X-Conversation-Id</c>, because of which the server goes on
    /// generating when the connection is lost; the client stops it (<c>DELETE v1/stream</c>) if the call is cancelled, left early,
    /// or fails. Older servers ignore the header: answers are continued as without this.
    /// </summary>
    /// <remarks>
    /// Not part of <see cref="LlmProvider.LlamaCpp"/>: if the application crashes, the server generates the rest for nobody, and some
    /// builds do not stop in router mode or before the first token (github.com/ggml-org/llama.cpp issues 26093 and 27481).
    /// </remarks>
    public static LlmReplay LlamaCpp { get; } = new(new LlamaCppReplay(), "llamacpp");

    internal ReplayProtocol Protocol { get; }

    /// <summary>
    /// Cloudflare's AI Gateway, in front of any provider and with any format of server-sent events. Used if a response has the header
    /// <c>cf-aig-run-id</c>.
    /// </summary>
    /// <param name="gatewayAddress">
    /// The address of the gateway, to which <c>run/ID/resume?from=EVENT</c> is relative. It must be on the same server as
    /// <see cref="LlmProvider.BaseAddress"/>, because the key is sent there too.
    /// </param>
    /// <returns>The replay.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute HTTP or HTTPS address.</exception>
    public static LlmReplay CreateCloudflareGateway(Uri gatewayAddress)
    {
        Uri address = LlmProvider.Valid(gatewayAddress, nameof(gatewayAddress));
        return new LlmReplay(new CloudflareReplay(address), address.ToString());
    }

    /// <summary>The replay as the configuration key <c>Provider:Replay</c> takes it.</summary>
    /// <returns><c>llamacpp</c>, or the address of the gateway.</returns>
    public override string ToString() => _name;
}
