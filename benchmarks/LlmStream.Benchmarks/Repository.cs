namespace LlmStream.Benchmarks;

/// <summary>Where things lie. Nothing depends on the folder that the benchmarks are run from.</summary>
internal static class Repository
{
    /// <summary>The folder of recorded streams beside the repository, or null where there is none.</summary>
    public static string? Shared { get; } = FindShared();

    private static string? FindShared()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "LlmStream.sln"))) continue;
            string shared = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared"));
            return Directory.Exists(Path.Combine(shared, "corpus")) ? shared : null;
        }

        return null;
    }
}
