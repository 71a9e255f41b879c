using System.Text.RegularExpressions;

namespace LlmStream.Tests.Layering;

/// <summary>A source file below src.</summary>
/// <param name="Path">The path relative to src, with slashes.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record SourceFile(string Path, string[] Lines)
{
    /// <summary>The folder below src/LlmStream that holds the file; "" for src/LlmStream itself; null for other projects.</summary>
    public string? Folder => !Path.StartsWith("LlmStream/", StringComparison.Ordinal) ? null
        : Path.Split('/') is [_, var folder, _, ..] ? folder
        : "";
}

/// <summary>The source files of the repository.</summary>
internal static partial class SourceFiles
{
    /// <summary>All C# files below src.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = Read();

    /// <summary>The folder below src/LlmStream of each top-level type of the library, by full name.</summary>
    public static IReadOnlyDictionary<string, string> FolderOfType { get; } = MapTypes();

    private static SourceFile[] Read()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "LlmStream.sln"))) root = root.Parent;
        string src = Path.Combine(root?.FullName ?? throw new InvalidOperationException("The tests do not run from within the repository."), "src");
        return
        [
            .. Directory.EnumerateFiles(src, "*.cs", SearchOption.AllDirectories)
                .Select(path => (Full: path, Relative: Path.GetRelativePath(src, path).Replace('\\', '/')))
                .Where(file => !file.Relative.Split('/').Any(folder => folder is "obj" or "bin"))
                .OrderBy(file => file.Relative, StringComparer.Ordinal)
                .Select(file => new SourceFile(file.Relative, File.ReadAllLines(file.Full))),
        ];
    }

    private static Dictionary<string, string> MapTypes()
    {
        Dictionary<string, string> folders = new(StringComparer.Ordinal);
        foreach (SourceFile file in All.Where(file => file.Folder is not (null or "Compatibility")))
        {
            string space = file.Lines.First(line => line.StartsWith("namespace ", StringComparison.Ordinal))["namespace ".Length..].TrimEnd(';');
            foreach (Match type in file.Lines.Select(line => TopLevelType().Match(line)).Where(match => match.Success))
                folders.TryAdd($"{space}.{type.Groups[1].Value}", file.Folder!);
        }

        return folders;
    }

    [GeneratedRegex(@"^(?:public|internal) (?:(?:sealed|static|abstract|readonly|ref|partial) )*(?:record struct|record|class|struct|interface|enum) (\w+)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TopLevelType();
}
