using System.Globalization;
using LlmStream.Framing;

namespace LlmStream.Dialects.Replays;

/// <summary>
/// The replay of Cloudflare's AI Gateway (cloudflare/agents, experimental/gateway-resume; measured there on 2026-06-14). The response has
/// the header <c>cf-aig-run-id</c>. The gateway reads the provider's stream to its end even if the client disconnects, keeps it for
/// about 5.5 minutes, and replays it, in the provider's own format, from the index of an event.
/// </summary>
/// <param name="gatewayAddress">The address to which <c>run/{id}/resume</c> is relative.</param>
internal sealed class CloudflareReplay(Uri gatewayAddress) : ReplayProtocol
{
    public override string ResponseIdHeader => "cf-aig-run-id";

    public override Uri BaseAddress => gatewayAddress;

    public override string PositionOf(StreamPosition position) => position.Events.ToString(CultureInfo.InvariantCulture);

    public override IReadOnlyList<RequestDescription> DescribeReplays(ReplayPoint point, string accept) =>
    [
        new RequestDescription
        {
            Method = "GET",
            BaseAddress = gatewayAddress,
            Path = $"run/{Uri.EscapeDataString(point.Id)}/resume?from={point.Position}",
            Accept = accept,
        },
    ];
}
