namespace LlmStream.DependencyInjection;

/// <summary>Recognises handlers that retry, time out, or reject requests, whatever package they come from.</summary>
/// <remarks>
/// By name, so that there is no dependency on these packages. The handlers of Microsoft.Extensions.Http.Resilience are in its namespace;
/// that of the older Microsoft.Extensions.Http.Polly is in the namespace of the client factory.
/// </remarks>
internal static class ResilienceHandlers
{
    private const string PollyHandler = "Microsoft.Extensions.Http.PolicyHttpMessageHandler";

    private static readonly string[] Namespaces = ["Microsoft.Extensions.Http.Resilience", "Polly"];

    /// <summary>Removes them from a list, and leaves the others in their order.</summary>
    public static void Remove(IList<DelegatingHandler> handlers)
    {
        for (int i = handlers.Count - 1; i >= 0; i--)
        {
            if (IsResilienceHandler(handlers[i].GetType())) handlers.RemoveAt(i);
        }
    }

    /// <summary>Whether a type is such a handler, or derives from one.</summary>
    public static bool IsResilienceHandler(Type handler)
    {
        for (Type? type = handler; type is not null && type != typeof(DelegatingHandler); type = type.BaseType)
        {
            if (type.FullName == PollyHandler || Array.Exists(Namespaces, name => IsWithin(name, type.Namespace))) return true;
        }

        return false;
    }

    private static bool IsWithin(string name, string? other) =>
        other is not null && (other == name || other.StartsWith(name + ".", StringComparison.Ordinal));
}
