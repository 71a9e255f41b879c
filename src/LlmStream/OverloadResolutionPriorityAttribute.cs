#if !NET9_0_OR_GREATER
namespace System.Runtime.CompilerServices;

/// <summary>The attribute of .NET 9, which the C# compiler recognizes by its name.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor | AttributeTargets.Property)]
internal sealed class OverloadResolutionPriorityAttribute(int priority) : Attribute
{
    public int Priority { get; } = priority;
}
#endif
