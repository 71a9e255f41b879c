using System.Reflection;
using System.Reflection.Emit;

namespace LlmStream.Tests.Layering;

/// <summary>Finds the types that a type refers to, in its signatures and in the bodies of its methods.</summary>
internal static class TypeReferences
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>
    /// Every type that is named by the type's base, interfaces, fields, signatures and bodies. Nested types are not included, nor are
    /// constants, which the compiler inlines.
    /// </summary>
    public static HashSet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        Add(type.BaseType);
        foreach (Type face in type.GetInterfaces()) Add(face);
        foreach (MemberInfo member in type.GetMembers(Everything)) AddMember(member);
        return found;

        void Add(Type? used)
        {
            while (used?.HasElementType == true) used = used.GetElementType();
            if (used is null || used.IsGenericParameter || !found.Add(used)) return;
            foreach (Type argument in used.GetGenericArguments()) Add(argument);
        }

        void AddSignature(MemberInfo member)
        {
            Add(member.DeclaringType);
            if (member is FieldInfo field) Add(field.FieldType);
            if (member is MethodInfo method) Add(method.ReturnType);
            if (member is not MethodBase callable) return;
            foreach (ParameterInfo parameter in callable.GetParameters()) Add(parameter.ParameterType);
            if (callable.IsGenericMethod) Array.ForEach(callable.GetGenericArguments(), Add);
        }

        void AddMember(MemberInfo member)
        {
            if (member is Type) return;
            AddSignature(member);
            if (member is not MethodBase { } method || method.GetMethodBody() is not { } body) return;
            foreach (LocalVariableInfo local in body.LocalVariables) Add(local.LocalType);
            foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
            {
                if (clause.Flags == ExceptionHandlingClauseOptions.Clause) Add(clause.CatchType);
            }

            Type[] typeArguments = type.GetGenericArguments();
            Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
            foreach (int token in Tokens(body.GetILAsByteArray()!))
            {
                MemberInfo used = type.Module.ResolveMember(token, typeArguments, methodArguments)!;
                if (used is Type usedType) Add(usedType);
                else AddSignature(used);
            }
        }
    }

    /// <summary>The metadata tokens of members and types in a method's instructions.</summary>
    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (int i = 0; i < il.Length;)
        {
            OpCode code = OpCodesByValue[il[i] == 0xFE ? (short)((0xFE << 8) | il[i + 1]) : il[i]];
            i += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return BitConverter.ToInt32(il, i);
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
        }
    }
}
