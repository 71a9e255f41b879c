using System.Text.RegularExpressions;

namespace LlmStream.Tests.Layering;

/// <summary>
/// Which folder of the library may refer to which: bytes → Framing → Dialects → Reading → Resilience → Operators. A folder knows only
/// folders before it.
/// </summary>
public partial class LayeringTests
{
    private const string Root = "";
    private const string Compatibility = "Compatibility"; // only in the build for .NET Standard: it takes the place of parts of .NET

    // References that break the rules, and are to be removed: "folder → type", or "file: using".
    private static readonly HashSet<string> Exceptions = new(StringComparer.Ordinal)
    {
        "Diagnostics → LlmStream.LlmStreamClient", // the category of its logger
    };

    // The types of the root folder that start a call. The others (options, enums, the exception) are words that every folder may use.
    private static readonly HashSet<string> EntryPoints = new(StringComparer.Ordinal)
    {
        "LlmStream.LlmStreamClient", "LlmStream.LlmStreamChatClient", "LlmStream.ChatStreamReader", "LlmStream.SseReader",
        "LlmStream.ChunkedJsonReader", "LlmStream.HttpResponseMessageExtensions", "LlmStream.WebSocketExtensions",
    };

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Chat"] = ["Json"],
        ["Json"] = [],
        ["Framing"] = [],
        ["Answers"] = ["Chat", "Json", "Framing"],
        ["Requests"] = ["Chat", "Json", "Answers"],
        ["Dialects"] = ["Chat", "Json", "Framing", "Answers", "Requests"],
        ["Reading"] = ["Chat", "Json", "Framing", "Answers", "Dialects"],
        ["Transport"] = ["Json", "Framing", "Dialects"],
        ["Diagnostics"] = ["Chat"],
        ["Resilience"] = ["Chat", "Json", "Framing", "Answers", "Requests", "Dialects", "Reading", "Transport", "Diagnostics"],
        ["Operators"] = ["Chat", "Json"],
        ["Inspection"] = ["Chat", "Json", "Framing", "Answers", "Dialects", "Reading", "Operators"],
        // Of the root folder all but the entry points: a provider and a dialect are rows that name a format.
        [Root] = ["Chat", "Answers", "Requests", "Dialects"],
    };

    private static readonly Dictionary<string, string[]> ForbiddenNamespaces = new(StringComparer.Ordinal)
    {
        ["Chat"] = ["System.Net.Http", "Polly"],
        ["Json"] = ["System.Net.Http", "Polly"],
        ["Framing"] = ["System.Text.Json", "System.Net.Http", "Microsoft.Extensions.AI", "Polly"],
        ["Answers"] = ["System.Net.Http", "Polly"],
        ["Requests"] = ["System.Net.Http", "Polly"],
        ["Dialects"] = ["System.Net.Http", "System.Net.ServerSentEvents", "Polly"],
        ["Reading"] = ["System.Net.Http", "Polly"],
        ["Transport"] = ["Polly"],
        ["Operators"] = ["System.Net.Http", "Polly"],
        ["Inspection"] = ["System.Net.Http", "Polly"],
    };

    // Formats that are variants of another one, or served by the same gateways.
    private static readonly HashSet<(string Dialect, string Other)> Variants =
    [
        ("Bedrock", "Anthropic"), // it serves Claude, in this format too
        ("DashScope", "OpenAI"), // the messages, the prefill flag
        ("Interactions", "Gemini"), // Google's, with the same models
        ("OpenAI", "Anthropic"), // gateways serve Claude models in this format
        ("Responses", "OpenAI"), // the request style of a provider
        ("Tokens", "OpenAI"), // it has no requests, and takes those of this format
    ];

    private static readonly Type[] Types = [.. typeof(ChatStreamReader).Assembly.GetTypes().Where(type => FolderOf(type) is not null)];

    public static TheoryData<string> Folders => [.. Allowed.Keys];

    public static TheoryData<string> FoldersWithForbiddenNamespaces => [.. ForbiddenNamespaces.Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_refers_only_to_folders_before_it(string folder)
    {
        Type[] types = [.. Types.Where(type => FolderOf(type) == folder && !IsEntryPoint(type))];
        Assert.NotEmpty(types);
        AssertNone(
            from type in types
            from used in TypeReferences.Of(type)
            where FolderOf(used) is { } other && other != folder && (other == Root ? IsEntryPoint(used) : !Allowed[folder].Contains(other))
            let reference = $"{Name(folder)} → {Outermost(used).FullName}"
            where !Exceptions.Contains(reference)
            select $"{reference} in {type}");
    }

    /// <summary>Also finds constants, which the compiler inlines, and references in comments.</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_file_uses_only_namespaces_of_folders_before_it(string folder)
    {
        AssertNone(
            from file in SourceFiles.All
            where file.Folder == folder && !(folder == Root && EntryPoints.Contains("LlmStream." + Path.GetFileName(file.Path).Split('.')[0]))
            from line in file.Lines
            let match = UsedFolder().Match(line)
            where match.Success
            let other = match.Groups[1].Value
            where other != folder && Allowed.ContainsKey(other) && !Allowed[folder].Contains(other)
            let reference = $"{file.Path}: {other}"
            where !Exceptions.Contains(reference)
            select reference);
    }

    [Theory]
    [MemberData(nameof(FoldersWithForbiddenNamespaces))]
    public void A_folder_does_not_refer_to_namespaces_of_a_later_concern(string folder)
    {
        AssertNone(
            from type in Types
            where FolderOf(type) == folder
            from used in TypeReferences.Of(type)
            from space in ForbiddenNamespaces[folder]
            where IsIn(used, space)
            let reference = $"{folder} → {space}"
            where !Exceptions.Contains(reference)
            select $"{reference}: {type} refers to {used}");
    }

    [Fact]
    public void The_parsers_beneath_the_operators_refer_only_to_text()
    {
        string[] forbidden = ["LlmStream.Operators.Stages", "LlmStream.Operators.Sources", "LlmStream.Chat", "Microsoft.Extensions.AI", "System.Text.Json"];
        AssertNone(
            from type in Types
            where IsIn(type, "LlmStream.Operators.Text")
            from used in TypeReferences.Of(type)
            where forbidden.Any(space => IsIn(used, space))
            select $"{type} refers to {used}");
    }

    [Fact]
    public void A_dialect_does_not_refer_to_another()
    {
        AssertNone(
            from type in Types
            let dialect = DialectOf(type)
            where dialect is not null
            from used in TypeReferences.Of(type)
            let other = DialectOf(used)
            where other is not null && other != dialect && !Variants.Contains((dialect, other))
            select $"{type} refers to {used}");
    }

    [Fact]
    public void Outside_the_dialects_only_the_root_folder_refers_to_a_dialect()
    {
        AssertNone(
            from type in Types
            where FolderOf(type) is not ("Dialects" or Root)
            from used in TypeReferences.Of(type)
            where DialectOf(used) is not null
            let reference = $"{FolderOf(type)} → {Outermost(used).FullName}"
            where !Exceptions.Contains(reference)
            select $"{reference} in {type}");
    }

    [Fact]
    public void Every_folder_has_a_rule() =>
        AssertNone(SourceFiles.All.Select(file => file.Folder).Where(folder => folder is not (null or Compatibility) && !Allowed.ContainsKey(folder)).Select(folder => folder!));

    [Fact]
    public void Every_type_has_a_folder() =>
        Assert.All(typeof(ChatStreamReader).Assembly.GetTypes().Where(type => IsIn(type, "LlmStream")), type => Assert.NotNull(FolderOf(type)));

    [Fact]
    public void References_in_bodies_are_found()
    {
        // Of this very method: a type that no signature has.
        Assert.Contains(typeof(LayeringTests), TypeReferences.Of(typeof(LayeringTests)));
        Assert.Contains(TypeReferences.Of(typeof(LayeringTests)), type => type == typeof(System.Text.StringBuilder));
        _ = new System.Text.StringBuilder();
    }

    private static void AssertNone(IEnumerable<string> faults)
    {
        string[] distinct = [.. faults.Distinct(StringComparer.Ordinal)];
        if (distinct.Length > 0) Assert.Fail($"{distinct.Length} faults:\n{string.Join('\n', distinct)}");
    }

    private static string Name(string folder) => folder == Root ? "(root)" : folder;

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } declaring) type = declaring;
        return type;
    }

    private static string? FolderOf(Type type)
    {
        Type outermost = Outermost(type);
        string? name = outermost.FullName?.Split('`')[0];
        return name is not null && outermost.Assembly == typeof(ChatStreamReader).Assembly ? SourceFiles.FolderOfType.GetValueOrDefault(name) : null;
    }

    private static bool IsEntryPoint(Type type) => EntryPoints.Contains(Outermost(type).FullName ?? "");

    private static string? DialectOf(Type type) =>
        type.Namespace is { } space && space.StartsWith("LlmStream.Dialects.", StringComparison.Ordinal) ? space["LlmStream.Dialects.".Length..] : null;

    private static bool IsIn(Type type, string space) =>
        type.Namespace is { } name && (string.Equals(name, space, StringComparison.Ordinal) || name.StartsWith(space + ".", StringComparison.Ordinal));

    [GeneratedRegex(@"\bLlmStream\.([A-Z]\w+)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UsedFolder();
}
