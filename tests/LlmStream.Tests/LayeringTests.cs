using System.Reflection;
using System.Reflection.Emit;

namespace LlmStream.Tests;

/// <summary>The way of the data: bytes → Framing → Dialects → Reading. Each stage knows only the ones before it.</summary>
public class LayeringTests
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [Theory]
    [InlineData("LlmStream.Framing", "LlmStream.Dialects", "LlmStream.Reading", "LlmStream.Resilience", "LlmStream.Operators", "System.Net.Http", "System.Text.Json", "Microsoft.Extensions.AI")]
    [InlineData("LlmStream.Requests", "LlmStream.Dialects", "LlmStream.Reading", "LlmStream.Transport", "LlmStream.Resilience", "LlmStream.Operators", "System.Net.Http")]
    [InlineData("LlmStream.Dialects", "LlmStream.Reading", "LlmStream.Resilience", "LlmStream.Operators", "System.Net.Http", "System.Net.ServerSentEvents")]
    [InlineData("LlmStream.Chat", "LlmStream.Framing", "LlmStream.Answers", "LlmStream.Requests", "LlmStream.Dialects", "LlmStream.Reading", "LlmStream.Transport", "LlmStream.Resilience", "LlmStream.Operators", "LlmStream.Diagnostics", "System.Net.Http")]
    [InlineData("LlmStream.Operators", "LlmStream.Framing", "LlmStream.Answers", "LlmStream.Requests", "LlmStream.Dialects", "LlmStream.Reading", "LlmStream.Transport", "LlmStream.Resilience", "LlmStream.Diagnostics", "System.Net.Http")]
    [InlineData("LlmStream.Operators.Text", "LlmStream.Operators.Stages", "LlmStream.Operators.Sources", "Microsoft.Extensions.AI", "System.Text.Json")]
    [InlineData("LlmStream.Reading", "LlmStream.Resilience", "LlmStream.Operators", "System.Net.Http", "Polly")]
    public void A_stage_knows_only_what_comes_before_it(string stage, params string[] forbidden)
    {
        Type[] types = [.. typeof(ChatStreamReader).Assembly.GetTypes().Where(type => IsIn(type, stage))];
        Assert.NotEmpty(types);
        Assert.Empty(types.SelectMany(type => References(type).Where(used => forbidden.Any(space => IsIn(used, space))).Select(used => $"{type} refers to {used}")).Distinct());
    }

    [Fact]
    public void The_scan_sees_what_bodies_refer_to()
    {
        // Of this very method: a type that stands in no signature.
        Assert.Contains(typeof(LayeringTests), References(typeof(LayeringTests)));
        Assert.Contains(References(typeof(LayeringTests)), type => type == typeof(System.Text.StringBuilder));
        _ = new System.Text.StringBuilder();
    }

    private static bool IsIn(Type type, string space) =>
        type.Namespace is { } name && (string.Equals(name, space, StringComparison.Ordinal) || name.StartsWith(space + ".", StringComparison.Ordinal));

    /// <summary>Every type that a type's base, interfaces, fields, signatures and bodies name.</summary>
    private static HashSet<Type> References(Type type)
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
            if (member is Type) return; // nested types are looked at by themselves
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
