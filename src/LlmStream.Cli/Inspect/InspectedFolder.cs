namespace LlmStream.Cli.Inspect;

/// <summary>The files of a folder that was given instead of a file.</summary>
internal static class InspectedFolder
{
    private static readonly EnumerationOptions Options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    /// <summary>The files in a folder and in those below it, by name, except hidden ones; the path itself if it is not a folder.</summary>
    public static IEnumerable<string> Expand(string path) =>
        path.Length > 0 && Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", Options).Order(StringComparer.Ordinal) : [path];
}
