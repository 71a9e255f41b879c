using System.Globalization;
using System.Runtime.CompilerServices;

namespace LlmStream.Transport;

/// <summary>Builds the addresses of requests. All are on the server, and below the path, of the provider's base address.</summary>
internal static class RequestAddress
{
    private const int MaxUnescapes = 4;

    // Nearly all requests to a base address have the same path, and to check one costs more than to send it.
    private static readonly ConditionalWeakTable<Uri, LatestAddress> Latest = new();

    /// <summary>Appends a relative path to a base address. If both have a query, that of the path is added to the other.</summary>
    /// <param name="baseAddress">An absolute address. Its user information and its fragment are left out.</param>
    /// <param name="path">The path, with or without a query. Its segments are percent-encoded already.</param>
    /// <exception cref="ArgumentException">The path leads elsewhere than below the base address.</exception>
    public static Uri Create(Uri baseAddress, string path)
    {
        LatestAddress latest = Latest.GetValue(baseAddress, static _ => new LatestAddress());
        if (latest.Value is { } known && string.Equals(known.Path, path, StringComparison.Ordinal)) return known.Address;
        Uri address = Check(baseAddress, path);
        latest.Value = new CheckedAddress(path, address);
        return address;
    }

    /// <exception cref="ArgumentException">The path leads elsewhere than below the base address.</exception>
    private static Uri Check(Uri baseAddress, string path)
    {
        int queryStart = path.IndexOf('?', StringComparison.Ordinal);
        string segments = queryStart < 0 ? path : path[..queryStart];
        if (FindFault(segments, path) is { } fault)
        {
            throw new ArgumentException(
                $"The request path '{path}' is invalid: {fault}. It must be relative to the base address, such as chat/completions.",
                nameof(path));
        }

        string root = baseAddress.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        if (!root.EndsWith('/')) root += "/";
        string query = MergeQueries(baseAddress.Query, queryStart < 0 ? "" : path[queryStart..]);
        bool isValid = Uri.TryCreate(root + segments + query, UriKind.Absolute, out Uri? address)
            && IsSameOrigin(address, baseAddress)
            && address.AbsolutePath.StartsWith(new Uri(root).AbsolutePath, StringComparison.Ordinal);
        return isValid
            ? address!
            : throw new ArgumentException(
                $"The request path '{path}' leads away from the base address {Display(baseAddress)}.", nameof(path));
    }

    /// <summary>Whether scheme, host and port are the same.</summary>
    public static bool IsSameOrigin(Uri left, Uri right) =>
        ReferenceEquals(left, right)
        || Uri.Compare(left, right, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>The address for messages: without user information and query, which may hold a key.</summary>
    public static string Display(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string? FindFault(string segments, string path)
    {
        if (segments.StartsWith('/')) return "it begins with a slash";
        if (path.Contains('\\', StringComparison.Ordinal)) return "it contains a backslash";
        if (path.Contains('#', StringComparison.Ordinal)) return "it contains a fragment";
        if (HasControlCharacter(path)) return "it contains a control character";
        int scheme = segments.IndexOf(":/", StringComparison.Ordinal);
        if (scheme > 0 && Uri.CheckSchemeName(segments[..scheme])) return "it is an absolute address";
        // Some servers decode a path before they resolve its dot segments, some more than once.
        return Unescape(segments).Split('/', '\\').Any(segment => segment is "." or "..") ? "it contains a dot segment" : null;
    }

    private static bool HasControlCharacter(string path)
    {
        foreach (char c in path)
        {
            if (char.IsControl(c)) return true;
        }

        return false;
    }

    private static string Unescape(string segments)
    {
        for (int i = 0; i < MaxUnescapes && segments.Contains('%', StringComparison.Ordinal); i++)
            segments = Uri.UnescapeDataString(segments);
        return segments;
    }

    /// <summary>Appends the parameters of the second query to those of the first. A name that is in both has the second value.</summary>
    private static string MergeQueries(string first, string second)
    {
        if (first.Length <= 1) return second;
        if (second.Length <= 1) return first;
        string[] parameters = second[1..].Split('&');
        IEnumerable<string> kept = first[1..].Split('&')
            .Where(parameter => !parameters.Any(other => NameOf(other).Equals(NameOf(parameter), StringComparison.Ordinal)));
        return string.Create(CultureInfo.InvariantCulture, $"?{string.Join('&', kept.Concat(parameters))}");

        static string NameOf(string parameter) => Uri.UnescapeDataString(parameter.Split('=')[0]);
    }

    private sealed record CheckedAddress(string Path, Uri Address);

    private sealed class LatestAddress
    {
        public volatile CheckedAddress? Value; // immutable, so that it can be replaced at any time
    }
}
