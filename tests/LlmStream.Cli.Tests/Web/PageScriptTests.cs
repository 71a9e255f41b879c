using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using LlmStream.Cli.Web;

namespace LlmStream.Cli.Tests.Web;

/// <summary>Tests of the page's scripts, which run in Node without a browser.</summary>
public class PageScriptTests
{
    [Fact]
    public async Task Scripts_pass_their_tests()
    {
        DirectoryInfo page = Directory.CreateTempSubdirectory("llmstream-");
        try
        {
            await CopyAsync(page.FullName);
            string[] tests = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Web", "Scripts"), "*.test.mjs");
            var start = new ProcessStartInfo("node", ["--test", .. tests])
            {
                RedirectStandardOutput = true,
                Environment = { ["LLMSTREAM_PAGE"] = page.FullName },
            };
            using Process? process = TryStart(start);
            Assert.SkipWhen(process is null, "Node is not installed.");
            string output = await process!.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();

            Assert.True(process.ExitCode == 0, output);
        }
        finally
        {
            page.Delete(recursive: true);
        }
    }

    private static async Task CopyAsync(string directory)
    {
        // Otherwise Node would take the scripts for CommonJS.
        await File.WriteAllTextAsync(Path.Combine(directory, "package.json"), """{"type":"module"}""");
        Assembly assembly = typeof(WebCommand).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".js", StringComparison.Ordinal)))
        {
            await using Stream source = assembly.GetManifestResourceStream(name)!;
            await using FileStream target = File.Create(Path.Combine(directory, Path.GetFileName(name)));
            await source.CopyToAsync(target);
        }
    }

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
