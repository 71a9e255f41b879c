using System.Reflection;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Serving;

/// <summary>A parameter of a handler that is a service, possibly a keyed one.</summary>
internal static class ServiceParameter
{
    /// <summary>Creates a function that gets the argument from the scope of an answer, or from the request.</summary>
    /// <param name="endpoints">Where the endpoint is mapped.</param>
    /// <param name="handler">The handler's method.</param>
    /// <param name="position">
    /// The position of the parameter, from the end: the method may have a hidden first parameter, the target of its delegate.
    /// </param>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    public static Func<IServiceProvider, ChatRelayRequest, T> CreateResolver<T>(
        IEndpointRouteBuilder endpoints, MethodInfo handler, Index position)
        where T : notnull
    {
        if (typeof(T) == typeof(ClaimsPrincipal)) return static (_, request) => (T)(object)request.User;
        ParameterInfo[] parameters = handler.GetParameters();
        int index = position.GetOffset(parameters.Length);
        object? key = index >= 0 ? KeyOf(parameters[index]) : null;
        CheckRegistered(endpoints, typeof(T), key);
        return key is null
            ? static (services, _) => services.GetRequiredService<T>()
            : (services, _) => services.GetRequiredKeyedService<T>(key);
    }

    /// <summary>The key of a parameter, or null.</summary>
    public static object? KeyOf(ParameterInfo parameter) => parameter.GetCustomAttribute<FromKeyedServicesAttribute>()?.Key;

    /// <summary>Reports a missing service when the endpoint is mapped, not when the first request comes.</summary>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    public static void CheckRegistered(IEndpointRouteBuilder endpoints, Type type, object? key)
    {
        ThrowIfOfHttp(type);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>() is not { } known) return;
        bool isRegistered = key is null
            ? known.IsService(type)
            : known is not IServiceProviderIsKeyedService keyed || keyed.IsKeyedService(type, key);
        if (isRegistered) return;
        string keyText = key is null ? "" : $" with the key '{key}'";
        throw new InvalidOperationException($"The handler of MapChatRelay needs {type}{keyText}, which is not a registered service.");
    }

    /// <summary>Refuses what does not outlive the request.</summary>
    /// <exception cref="InvalidOperationException">The type belongs to the HTTP request.</exception>
    public static void ThrowIfOfHttp(Type type)
    {
        if (type != typeof(HttpContext) && type != typeof(HttpRequest) && type != typeof(HttpResponse)) return;
        throw new InvalidOperationException(
            $"The handler of MapChatRelay cannot have a parameter of type {type.Name}: an answer may outlive its request. "
            + $"What it needs of the request is in {nameof(ChatRelayRequest)}.");
    }
}
