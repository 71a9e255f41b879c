using LlmStream.AspNetCore.Serving.Kept;
using LlmStream.AspNetCore.Wires.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Maps the endpoints of a relay.</summary>
internal static class RelayMapping
{
    private const string ChatCompletions = "/chat/completions";

    public static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints, string pattern, RelayHandler handler, Action<ChatRelayOptions>? configure)
    {
        var options = new ChatRelayOptions();
        configure?.Invoke(options);
        options = options.Snapshot();
        KeptEndpoints? kept = KeptEndpoints.Create(endpoints.ServiceProvider, pattern, handler, options);
        var relay = new RelayEndpoint(kept?.Relay ?? (IRequestRelay)new DirectRelay(handler, options), options);
        List<IEndpointConventionBuilder> mapped =
        [
            endpoints.MapMethods(pattern, [HttpMethods.Post], relay.HandleAsync)
                .WithMetadata([.. RelayMetadata.Responses, .. RelayMetadata.Request, RelayMetadata.NoOutputCache])
                .WithDisplayName($"Chat relay {pattern}"),
        ];
        if (options.AllowGet)
        {
            mapped.Add(endpoints.MapMethods(pattern, [HttpMethods.Get], relay.HandleAsync)
                .WithMetadata([.. RelayMetadata.Responses, .. RelayMetadata.Query, RelayMetadata.NoOutputCache])
                .WithDisplayName($"Chat relay {pattern} (GET)"));
        }

        if (kept is not null) mapped.AddRange(kept.Map(endpoints, pattern, mapped[0]));
        if (pattern.TrimEnd('/').EndsWith(ChatCompletions, StringComparison.OrdinalIgnoreCase))
            mapped.AddRange(MapModels(endpoints, pattern.TrimEnd('/')[..^ChatCompletions.Length] + "/models", options));
        return new RelayConventionBuilder(mapped);
    }

    private static IEnumerable<IEndpointConventionBuilder> MapModels(
        IEndpointRouteBuilder endpoints, string pattern, ChatRelayOptions options)
    {
        var models = new OpenAIModels([.. options.Models]);
        yield return endpoints.MapMethods(pattern, [HttpMethods.Get], models.ListAsync);
        yield return endpoints.MapMethods(pattern + "/{**model}", [HttpMethods.Get], models.GetAsync);
    }
}
