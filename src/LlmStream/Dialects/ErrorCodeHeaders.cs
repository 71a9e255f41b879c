namespace LlmStream.Dialects;

/// <summary>The response headers in which providers send the code of an error whose body has none.</summary>
internal static class ErrorCodeHeaders
{
    /// <summary>The names; the first header that is not empty counts.</summary>
    public static IReadOnlyList<string> Names { get; } = ["x-amzn-errortype"];

    /// <summary>The code in the value of such a header. A namespace or an address may surround it: <c>ns#Code:http://…</c>.</summary>
    public static string CodeOf(string value) => value.Split(':')[0].Split('#')[^1].Trim();
}
