using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace LlmStream.Compatibility;

/// <summary>The options that the library awaits tasks with.</summary>
[Flags]
internal enum ConfigureAwaitOptions
{
    None = 0,
    SuppressThrowing = 2,
}

/// <summary>The members of tasks and cancellation that .NET Standard 2.0 lacks.</summary>
internal static class TaskExtensions
{
    extension(Task task)
    {
        public bool IsCompletedSuccessfully => task.Status == TaskStatus.RanToCompletion;

        public ConfiguredTaskAwaitable ConfigureAwait(ConfigureAwaitOptions options) =>
            (options == ConfigureAwaitOptions.SuppressThrowing ? WithoutThrowing(task) : task).ConfigureAwait(false);

        public static Task Delay(TimeSpan delay, TimeProvider time, CancellationToken cancellationToken = default) =>
            time.Delay(delay, cancellationToken);
    }

    extension(CancellationTokenSource source)
    {
        /// <summary>Cancels on another thread, so that callbacks do not run on the stack of the caller.</summary>
        public Task CancelAsync() => Task.Run(source.Cancel);
    }

    extension(CancellationToken token)
    {
        public CancellationTokenRegistration UnsafeRegister(Action<object?> callback, object? state) =>
            token.Register(callback, state, useSynchronizationContext: false);
    }

    extension(ExceptionDispatchInfo)
    {
        [DoesNotReturn]
        public static void Throw(Exception source)
        {
            ExceptionDispatchInfo.Capture(source).Throw();
            throw source; // never reached
        }
    }

    // The exception has to be observed.
    private static Task WithoutThrowing(Task task) => task.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
