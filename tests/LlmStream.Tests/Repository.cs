namespace LlmStream.Tests;

/// <summary>Where things lie. Nothing of the tests depends on the folder that they are run from.</summary>
internal static class Repository
{
    /// <summary>The project's own transcripts, copied beside the tests.</summary>
    public static string Transcripts { get; } = Path.Combine(AppContext.BaseDirectory, "Transcripts");

    /// <summary>The folder of recorded streams beside the repository, or null where there is none.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>The path of something in <see cref="Shared"/>; without that folder the test that asks is skipped.</summary>
    public static string RequireShared(string name)
    {
        Assert.SkipUnless(Shared is not null, "The folder ../shared with the recorded streams is not beside this clone.");
        return Path.Combine(Shared!, name);
    }

    private static string? FindShared()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "LlmStream.sln"))) continue;
            string shared = Path.Combine(folder.FullName, "..", "shared");
            return Directory.Exists(shared) ? Path.GetFullPath(shared) : null;
        }

        return null;
    }
}
