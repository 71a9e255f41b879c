using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OutputCaching;

namespace LlmStream.AspNetCore.Serving;

/// <summary>What OpenAPI documents of an endpoint that relays answers, and what middleware has to know of it.</summary>
internal static class RelayMetadata
{
    /// <summary>A cache would keep one answer for everybody who asks the same, and have other requests wait for it.</summary>
    public static object NoOutputCache { get; } = new OutputCacheAttribute { NoStore = true };

    /// <summary>
    /// That <c>POST</c> has a JSON body. Not <see cref="IAcceptsMetadata"/>: routing would refuse other media types without a reason.
    /// </summary>
    public static IReadOnlyList<object> Request { get; } = Describe(new Action<JsonElement>(Post).Method);

    /// <summary>That <c>GET</c> has a query.</summary>
    public static IReadOnlyList<object> Query { get; } = Describe(new Action<string>(Get).Method);

    public static IReadOnlyList<object> Responses { get; } =
    [
        new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/event-stream"]),
        new ProducesResponseTypeMetadata(StatusCodes.Status429TooManyRequests, typeof(void)),
        new ProducesResponseTypeMetadata(StatusCodes.Status502BadGateway, typeof(void)),
        new ProducesResponseTypeMetadata(StatusCodes.Status504GatewayTimeout, typeof(void)),
    ];

    // Only endpoints with a method are documented, and of .NET 9 on, only parameters with metadata.
    private static object[] Describe(MethodInfo method) =>
    [
        method,
        new TagsAttribute("Chat"),
#if NET9_0_OR_GREATER
        .. method.GetParameters().Select(parameter => new Parameter(parameter)),
#endif
    ];

    // Never called: the parameters are those that are documented.
    private static void Post(JsonElement body)
    {
    }

    private static void Get(string message)
    {
    }

#if NET9_0_OR_GREATER
    private sealed class Parameter(ParameterInfo parameter) : IParameterBindingMetadata
    {
        public string Name { get; } = parameter.Name ?? ""; // it is missing if the program was trimmed

        public bool HasTryParse => false;

        public bool HasBindAsync => false;

        public ParameterInfo ParameterInfo { get; } = parameter;

        public bool IsOptional => false;
    }
#endif
}
