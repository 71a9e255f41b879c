using System.Net;

namespace LlmStream.Cli.Web;

/// <summary>Recognizes the names of this machine.</summary>
internal static class LoopbackHost
{
    /// <summary>Whether a host, without its port, is a loopback address or a name that always resolves to one.</summary>
    public static bool IsLoopback(string host)
    {
        string name = host.Trim('[', ']').TrimEnd('.');
        return IPAddress.TryParse(name, out IPAddress? address)
            ? IPAddress.IsLoopback(address)
            : name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || (name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) // RFC 6761, 6.3
                    && Uri.CheckHostName(name) == UriHostNameType.Dns);
    }
}
