namespace LlmStream.Transport;

/// <summary>No connection was made in time. Never leaves the library: it is translated.</summary>
internal sealed class ConnectTimeoutException(string host, int port, TimeSpan timeout)
    : IOException(FormattableString.Invariant($"No connection to {host}:{port} was made within {timeout.TotalSeconds:0.###} seconds"));
