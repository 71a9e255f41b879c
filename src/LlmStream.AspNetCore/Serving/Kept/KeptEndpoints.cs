using LlmStream.Relay.DependencyInjection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>The endpoints that a relay has besides, if its streams are kept.</summary>
internal sealed class KeptEndpoints
{
    private readonly KeptServices _services;
    private readonly ResumeEndpoint _resume;
    private readonly StopEndpoint _stop;

    private KeptEndpoints(KeptServices services)
    {
        _services = services;
        var runs = new RunReference(services);
        var lookup = new KeptLookup(services, runs);
        var reader = new KeptReader(services);
        var production = new KeptProduction(services, runs);
        Relay = new KeptRelay(services, reader, production, lookup, runs);
        _resume = new ResumeEndpoint(services, reader, lookup);
        _stop = new StopEndpoint(services, lookup, production);
        services.Local.OnTakenOver(production.TakenOverAsync);
    }

    /// <summary>Answers the requests of the relay itself.</summary>
    public KeptRelay Relay { get; }

    /// <summary>Creates the endpoints; null if streams are not kept: <c>AddChatRelay</c> was not called.</summary>
    public static KeptEndpoints? Create(IServiceProvider services, string pattern, RelayHandler handler, ChatRelayOptions options) =>
        services.GetService<LocalStreams>() is null ? null : new KeptEndpoints(new KeptServices(services, pattern, handler, options));

    /// <summary>Maps the endpoints.</summary>
    /// <param name="endpoints">Where to map them.</param>
    /// <param name="pattern">The route pattern of the relay.</param>
    /// <param name="relay">The relay itself.</param>
    public IEnumerable<IEndpointConventionBuilder> Map(IEndpointRouteBuilder endpoints, string pattern, IEndpointConventionBuilder relay)
    {
        // With the prefixes of its groups, which are not known before.
        relay.Finally(endpoint => _services.Endpoint = (endpoint as RouteEndpointBuilder)?.RoutePattern.RawText ?? pattern);
        string id = $"{pattern.TrimEnd('/')}/{{{KeptLookup.RouteParameter}}}";
        yield return Add($"{id}/stream", HttpMethods.Get, _resume.HandleAsync);
        yield return Add($"{id}/stop", HttpMethods.Post, _stop.HandleAsync);
        yield return Add(id, HttpMethods.Delete, _stop.HandleAsync);

        IEndpointConventionBuilder Add(string route, string method, RequestDelegate handle) =>
            endpoints.MapMethods(route, [method], handle)
                .WithMetadata(RelayMetadata.NoOutputCache)
                .WithDisplayName($"Chat relay {route} ({method})");
    }
}
