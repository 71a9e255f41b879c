namespace LlmStream.Tests.Layering;

/// <summary>Rules for the documents of the repository.</summary>
public class MarkdownTests
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", ".git"];

    [Fact]
    public void Every_code_block_ends() => Assert.Empty(
        from path in Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')
        where !relative.Split('/').Any(NotOurs.Contains)
        let fences = File.ReadLines(path).Count(line => line.TrimStart().StartsWith("```", StringComparison.Ordinal))
        where fences % 2 != 0
        select $"{relative}: {fences} fences");
}
