namespace LlmStream.Tests;

/// <summary>Paths of the repository. The tests do not depend on the current directory.</summary>
internal static class Repository
{
    private static readonly string? Found = FindRoot();

    /// <summary>The folder of the solution.</summary>
    public static string Root => Found ?? throw new InvalidOperationException("The tests do not run from within the repository.");

    /// <summary>The transcripts, copied to the output of the tests.</summary>
    public static string Transcripts { get; } = Path.Combine(AppContext.BaseDirectory, "Transcripts");

    /// <summary>The folder of recorded streams beside the repository, or null if there is none.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>The path of something in <see cref="Shared"/>; without that folder the test that asks is skipped.</summary>
    public static string RequireShared(string name)
    {
        Assert.SkipUnless(Shared is not null, "The folder ../shared with the recorded streams is not beside this clone.");
        return Path.Combine(Shared!, name);
    }

    private static string? FindShared()
    {
        if (Found is null) return null;
        string shared = Path.GetFullPath(Path.Combine(Found, "..", "shared"));
        return Directory.Exists(shared) ? shared : null;
    }

    private static string? FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LlmStream.sln"))) folder = folder.Parent;
        return folder?.FullName;
    }
}
