using Microsoft.AspNetCore.Builder;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Applies conventions, such as authorization, to all endpoints of a relay.</summary>
internal sealed class RelayConventionBuilder(IReadOnlyList<IEndpointConventionBuilder> endpoints) : IEndpointConventionBuilder
{
    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (IEndpointConventionBuilder endpoint in endpoints) endpoint.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        foreach (IEndpointConventionBuilder endpoint in endpoints) endpoint.Finally(finallyConvention);
    }
}
