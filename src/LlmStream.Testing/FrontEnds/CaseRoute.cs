using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.FrontEnds;

/// <summary>What a request asks for.</summary>
internal sealed record CaseRoute(ChatFrontEndCase Case, ChatFrontEndRequestKind Kind, string? Id)
{
    private static readonly Dictionary<string, ChatFrontEndCase> Cases =
        ChatFrontEndSuite.Cases.ToDictionary(@case => @case.Name, StringComparer.Ordinal);

    /// <summary>Null if there is nothing at the path.</summary>
    public static CaseRoute? Find(HttpRequest request)
    {
        string[] parts = (request.Path.Value ?? "").Trim('/').Split('/');
        if (parts.Length < 2 || !Cases.TryGetValue($"{parts[0]}/{parts[1]}", out ChatFrontEndCase? @case)) return null;
        bool isGet = HttpMethods.IsGet(request.Method), isPost = HttpMethods.IsPost(request.Method);
        string[] rest = parts[2..];
        // OpenAI's SDKs append a path to their base URL.
        if (rest is ["chat", "completions", ..]) rest = rest[2..];
        return rest switch
        {
            [] when isPost => new CaseRoute(@case, ChatFrontEndRequestKind.Begin, null),
            [] when isGet => new CaseRoute(
                @case, LastEventId(request) is null ? ChatFrontEndRequestKind.Begin : ChatFrontEndRequestKind.Resume, null),
            [{ } id, "stream"] when isGet => new CaseRoute(@case, ChatFrontEndRequestKind.Resume, id),
            [{ } id, "stop"] when isPost => new CaseRoute(@case, ChatFrontEndRequestKind.Stop, id),
            [{ } id] when HttpMethods.IsDelete(request.Method) => new CaseRoute(@case, ChatFrontEndRequestKind.Stop, id),
            _ => null,
        };
    }

    /// <summary>The last event that the client has, or null.</summary>
    public static string? LastEventId(HttpRequest request) =>
        request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header
        : request.Query["after"].ToString() is { Length: > 0 } query ? query
        : null;
}
