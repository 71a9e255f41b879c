using Microsoft.AspNetCore.Http;

namespace LlmStream.Cli.Web;

/// <summary>The other addresses at which the page can reach the application: other nodes, or a proxy in front of them.</summary>
internal sealed class WebPeers(IReadOnlyList<Uri> addresses)
{
    /// <summary>Whether an origin is that of a page that a peer serves.</summary>
    public bool Contains(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? address)
        && addresses.Any(peer => peer.Scheme == address.Scheme && peer.Port == address.Port && IsSameHost(peer.Host, address.Host));

    /// <summary>Whether a host is that of a peer: a proxy passes it on.</summary>
    public bool ContainsHost(string host) => addresses.Any(peer => IsSameHost(peer.Host, host));

    /// <summary>
    /// The origins of the peers as a page must name them. Cookies belong to the name of a host and do not depend on the port, so that all
    /// nodes on this machine must be reached by the name by which the page was.
    /// </summary>
    public IEnumerable<string> GetOrigins(HttpRequest request)
    {
        string own = $"{request.Scheme}://{request.Host}";
        return addresses
            .Select(peer => LoopbackHost.IsLoopback(peer.Host) && LoopbackHost.IsLoopback(request.Host.Host)
                ? $"{peer.Scheme}://{new HostString(request.Host.Host, peer.Port)}"
                : peer.GetLeftPart(UriPartial.Authority))
            .Where(origin => !string.Equals(origin, own, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsSameHost(string host, string other) =>
        string.Equals(host, other, StringComparison.OrdinalIgnoreCase)
        || (LoopbackHost.IsLoopback(host) && LoopbackHost.IsLoopback(other));
}
