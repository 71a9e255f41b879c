using System.Reflection;
using System.Runtime.CompilerServices;

namespace LlmStream.Compatibility;

/// <summary>Creates the HTTP handlers of clients that own their connections.</summary>
internal static class HttpHandlers
{
    /// <summary>
    /// Creates a handler for streams. It follows no redirects, because it would send the API key along. Connecting has no time budget:
    /// the budget for the response headers includes it.
    /// </summary>
    public static HttpMessageHandler CreateForPlatform(TimeProvider time, TimeSpan connectTimeout)
    {
        _ = (time, connectTimeout);
        var handler = new HttpClientHandler { AllowAutoRedirect = false };
        try
        {
            RaiseConnectionLimit(handler);
        }
        catch (Exception exception) when (exception is NotSupportedException or NotImplementedException or MissingMethodException)
        {
            // Older versions of .NET Framework, and Mono, have only the limit of ServicePointManager.
        }

        return handler;
    }

    /// <summary>Sends the body at once: by default .NET Framework asks the server first, and waits for an answer.</summary>
    public static void PrepareRequest(HttpRequestMessage request) => request.Headers.ExpectContinue ??= false;

    /// <summary>The handler of a client, or null if it cannot be determined.</summary>
    public static HttpMessageHandler? HandlerOf(HttpMessageInvoker invoker)
    {
        // .NET Framework and Mono name it without an underscore.
        const BindingFlags Private = BindingFlags.Instance | BindingFlags.NonPublic;
        FieldInfo? field = typeof(HttpMessageInvoker).GetField("_handler", Private)
            ?? typeof(HttpMessageInvoker).GetField("handler", Private);
        return field?.GetValue(invoker) as HttpMessageHandler;
    }

    /// <summary>Whether a handler that .NET Standard does not know, such as that of .NET's sockets, follows redirects.</summary>
    public static bool FollowsRedirects(HttpMessageHandler handler) =>
        handler.GetType().GetProperty("AllowAutoRedirect")?.GetValue(handler) is true;

    // .NET Framework allows two, which as many streams would occupy. A member that is missing is noticed when its method is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RaiseConnectionLimit(HttpClientHandler handler) => handler.MaxConnectionsPerServer = int.MaxValue;
}
