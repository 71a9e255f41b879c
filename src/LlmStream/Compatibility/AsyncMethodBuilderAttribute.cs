namespace System.Runtime.CompilerServices;

/// <summary>The attribute as .NET has it: that of the package for .NET Standard is for types only.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface | AttributeTargets.Delegate | AttributeTargets.Enum
    | AttributeTargets.Method, Inherited = false)]
internal sealed class AsyncMethodBuilderAttribute(Type builderType) : Attribute
{
    public Type BuilderType { get; } = builderType;
}
