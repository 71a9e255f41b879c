using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Serving;

/// <summary>A parameter of a handler that is a service, possibly a keyed one.</summary>
internal static class ServiceParameter
{
    /// <summary>Creates a function that gets the service from the scope of an answer.</summary>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    public static Func<IServiceProvider, T> CreateResolver<T>(IEndpointRouteBuilder endpoints, MethodInfo handler, int position)
        where T : notnull
    {
        ParameterInfo[] parameters = handler.GetParameters();
        // A delegate may have a hidden first parameter, its target.
        object? key = position < parameters.Length ? KeyOf(parameters[position]) : null;
        CheckRegistered(endpoints, typeof(T), key);
        return key is null
            ? static services => services.GetRequiredService<T>()
            : services => services.GetRequiredKeyedService<T>(key);
    }

    /// <summary>The key of a parameter, or null.</summary>
    public static object? KeyOf(ParameterInfo parameter) => parameter.GetCustomAttribute<FromKeyedServicesAttribute>()?.Key;

    /// <summary>Reports a missing service when the endpoint is mapped, not when the first request comes.</summary>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    public static void CheckRegistered(IEndpointRouteBuilder endpoints, Type type, object? key)
    {
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>() is not { } known) return;
        bool isRegistered = key is null
            ? known.IsService(type)
            : known is not IServiceProviderIsKeyedService keyed || keyed.IsKeyedService(type, key);
        if (isRegistered) return;
        string keyText = key is null ? "" : $" with the key '{key}'";
        throw new InvalidOperationException($"The handler of MapChatRelay needs {type}{keyText}, which is not a registered service.");
    }
}
