using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Applies conventions, such as authorization, to all endpoints of a relay.</summary>
internal sealed class RelayConventionBuilder : IEndpointConventionBuilder
{
    private readonly IReadOnlyList<IEndpointConventionBuilder> _endpoints;

    /// <param name="endpoints">The endpoints, the one that answers <c>POST</c> first.</param>
    public RelayConventionBuilder(IReadOnlyList<IEndpointConventionBuilder> endpoints)
    {
        _endpoints = endpoints;
        // Two endpoints must not have the same name (WithName).
        foreach (IEndpointConventionBuilder endpoint in endpoints.Skip(1)) endpoint.Finally(RemoveName);
    }

    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (IEndpointConventionBuilder endpoint in _endpoints) endpoint.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        foreach (IEndpointConventionBuilder endpoint in _endpoints) endpoint.Finally(finallyConvention);
    }

    private static void RemoveName(EndpointBuilder endpoint)
    {
        for (int i = endpoint.Metadata.Count - 1; i >= 0; i--)
        {
            if (endpoint.Metadata[i] is IEndpointNameMetadata or IRouteNameMetadata) endpoint.Metadata.RemoveAt(i);
        }
    }
}
