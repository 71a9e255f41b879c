namespace LlmStream.Benchmarks;

/// <summary>Finds files relative to the repository, whatever the working directory.</summary>
internal static class Repository
{
    /// <summary>The directory beside the repository that contains recorded streams, or null if it does not exist.</summary>
    public static string? Shared { get; } = FindShared();

    private static string? FindShared()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (!File.Exists(Path.Combine(directory.FullName, "LlmStream.sln"))) continue;
            string shared = Path.GetFullPath(Path.Combine(directory.FullName, "..", "shared"));
            return Directory.Exists(Path.Combine(shared, "corpus")) ? shared : null;
        }

        return null;
    }
}
