using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Calls a handler of any signature, by reflection.</summary>
[RequiresUnreferencedCode("Binds the parameters by reflection.")]
[RequiresDynamicCode("Binds the parameters by reflection.")]
internal static class DelegateHandler
{
    private delegate object? Argument(IServiceProvider services, ChatRelayRequest request, CancellationToken stopped);

    /// <summary>Creates a handler.</summary>
    /// <exception cref="ArgumentException">The delegate's return type is not one that can be relayed.</exception>
    /// <exception cref="InvalidOperationException">A parameter cannot be bound.</exception>
    public static RelayHandler Create(IEndpointRouteBuilder endpoints, Delegate handler)
    {
        MethodInfo method = handler.Method;
        if (!IsAnswer(method.ReturnType) && !IsTaskOfAnswer(method.ReturnType))
        {
            throw new ArgumentException(
                "The handler of MapChatRelay must return IAsyncEnumerable<ChatDelta> or IAsyncEnumerable<ChatResponseUpdate>, "
                + $"or a task of it; it returns {method.ReturnType}.",
                nameof(handler));
        }

        // The delegate is called, not its method, which may have a hidden first parameter: the target of the delegate.
        MethodInfo invoke = handler.GetType().GetMethod("Invoke")!;
        ParameterInfo[] parameters = method.GetParameters()[^invoke.GetParameters().Length..];
        Argument[] arguments = [.. parameters.Select(parameter => Bind(endpoints, parameter))];
        return (services, request, stopped) =>
        {
            object?[] values = Array.ConvertAll(arguments, argument => argument(services, request, stopped));
            object? result = invoke.Invoke(handler, BindingFlags.DoNotWrapExceptions, binder: null, values, culture: null);
            return ToDeltas(result, stopped);
        };
    }

    private static Argument Bind(IEndpointRouteBuilder endpoints, ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type == typeof(ChatRelayRequest)) return static (_, request, _) => request;
        if (type == typeof(CancellationToken)) return static (_, _, stopped) => stopped;
        if (type == typeof(ClaimsPrincipal)) return static (_, request, _) => request.User;
        if (type == typeof(IServiceProvider)) return static (services, _, _) => services;
        ServiceParameter.ThrowIfOfHttp(type);
        object? key = ServiceParameter.KeyOf(parameter);
        if (!IsOptional(parameter)) ServiceParameter.CheckRegistered(endpoints, type, key);
        object? missing = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        return (services, _, _) =>
        {
            object? service = key is null
                ? services.GetService(type)
                : ((IKeyedServiceProvider)services).GetKeyedService(type, key);
            return service ?? missing;
        };
    }

    private static bool IsOptional(ParameterInfo parameter) =>
        parameter.HasDefaultValue || new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;

    private static bool IsAnswer(Type type) =>
        typeof(IAsyncEnumerable<ChatDelta>).IsAssignableFrom(type) || typeof(IAsyncEnumerable<ChatResponseUpdate>).IsAssignableFrom(type);

    private static bool IsTaskOfAnswer(Type type) =>
        type.IsGenericType && IsAnswer(type.GetGenericArguments()[0])
        && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    private static IAsyncEnumerable<ChatDelta> ToDeltas(object? result, CancellationToken stopped) => result switch
    {
        IAsyncEnumerable<ChatDelta> deltas => deltas,
        IAsyncEnumerable<ChatResponseUpdate> updates => updates.ToChatDeltas(),
        null => throw new InvalidOperationException("The handler of MapChatRelay returned null."),
        _ => AwaitAsync(result, stopped),
    };

    private static async IAsyncEnumerable<ChatDelta> AwaitAsync(object task, [EnumeratorCancellation] CancellationToken stopped)
    {
        await foreach (ChatDelta delta in ToDeltas(await ResultAsync(task).ConfigureAwait(false), stopped)
            .WithCancellation(stopped).ConfigureAwait(false))
        {
            yield return delta;
        }
    }

    private static async Task<object?> ResultAsync(object task)
    {
        if (task is not Task running)
            running = (Task)task.GetType().GetMethod(nameof(ValueTask<int>.AsTask))!.Invoke(task, null)!;
        await running.ConfigureAwait(false);
        return running.GetType().GetProperty(nameof(Task<int>.Result))!.GetValue(running);
    }
}
