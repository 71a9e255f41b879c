using System.Globalization;

namespace LlmStream.Cli.Web;

/// <summary>The validated arguments of <c>llmstream web</c> that are about Redis.</summary>
/// <param name="Address">The host and the port.</param>
/// <param name="Lease">After how long without a sign of life of a node another one continues its answers.</param>
internal sealed record RedisArguments(string Address, TimeSpan Lease)
{
    /// <summary>The default of <c>--lease</c>, in seconds.</summary>
    public const int DefaultLease = 15;

    private const int DefaultPort = 6379;
    private const int MinLease = 1;
    private const int MaxLease = 300;

    /// <summary>Validates the arguments.</summary>
    /// <returns>Null without <c>--redis</c>.</returns>
    /// <exception cref="UsageException">An argument is invalid.</exception>
    public static RedisArguments? Parse(string? address, string? lease)
    {
        if (address is not null) return new RedisArguments(ParseAddress(address), ParseLease(lease));
        return lease is null ? null : throw new UsageException("--lease requires --redis");
    }

    private static string ParseAddress(string address)
    {
        // As an address with a scheme, so that an IPv6 address needs its brackets.
        bool isAddress = Uri.TryCreate("redis://" + address, UriKind.Absolute, out Uri? uri)
            && uri is { UserInfo: "", PathAndQuery: "" or "/", Fragment: "", Port: not 0 }
            && !address.EndsWith('/')
            && Uri.CheckHostName(uri.Host) != UriHostNameType.Unknown;
        return isAddress
            ? $"{uri!.Host}:{(uri.IsDefaultPort || uri.Port < 0 ? DefaultPort : uri.Port).ToString(CultureInfo.InvariantCulture)}"
            : throw new UsageException($"--redis: '{address}' is not HOST:PORT, such as localhost:6379");
    }

    private static TimeSpan ParseLease(string? lease)
    {
        if (lease is null) return TimeSpan.FromSeconds(DefaultLease);
        return int.TryParse(lease, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            && seconds is >= MinLease and <= MaxLease
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"--lease: '{lease}' is not a number of seconds from {MinLease} to {MaxLease}");
    }
}
