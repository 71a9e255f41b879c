using System.Runtime.CompilerServices;

namespace LlmStream.Compatibility;

/// <summary>Takes the place of the builder that reuses its state machines. This one does not.</summary>
internal struct PoolingAsyncValueTaskMethodBuilder<TResult>
{
    private AsyncValueTaskMethodBuilder<TResult> _builder;

    public ValueTask<TResult> Task => _builder.Task;

    public static PoolingAsyncValueTaskMethodBuilder<TResult> Create() =>
        new() { _builder = AsyncValueTaskMethodBuilder<TResult>.Create() };

    public void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => _builder.Start(ref stateMachine);

    public void SetStateMachine(IAsyncStateMachine stateMachine) => _builder.SetStateMachine(stateMachine);

    public void SetResult(TResult result) => _builder.SetResult(result);

    public void SetException(Exception exception) => _builder.SetException(exception);

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => _builder.AwaitOnCompleted(ref awaiter, ref stateMachine);

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => _builder.AwaitUnsafeOnCompleted(ref awaiter, ref stateMachine);
}
