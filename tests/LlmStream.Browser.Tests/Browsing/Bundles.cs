using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace LlmStream.Browser.Tests.Browsing;

/// <summary>
/// The pages that need npm packages, bundled by esbuild once per test run, into a temporary folder. NODE_PATH leads to the packages;
/// without Node.js or a package, the tests that need it are skipped.
/// </summary>
public sealed class Bundles : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmstream-pages-");
    private readonly Lazy<Task<Dictionary<string, string?>>> _results;

    public Bundles() => _results = new(BuildAsync);

    /// <summary>The folder of the sources.</summary>
    public static string Sources { get; } = Path.Combine(AppContext.BaseDirectory, "Pages");

    /// <summary>The folder of the bundles.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Waits for the bundle of a page. Skips the test if it cannot be built here.</summary>
    public async Task RequireAsync(string name)
    {
        Dictionary<string, string?> results = await _results.Value;
        Assert.SkipWhen(results.Count == 0, "Node.js or its package 'esbuild' is not installed.");
        string? error = results[name];
        Assert.SkipWhen(
            error is not null && error.Contains("Could not resolve", StringComparison.Ordinal),
            $"The npm packages of the page {name} are not installed.");
        Assert.Null(error);
    }

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return default;
    }

    private async Task<Dictionary<string, string?>> BuildAsync()
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Sources, "bundle.cjs"), Folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process node = Process.Start(start)!;
            Task<string> errors = node.StandardError.ReadToEndAsync();
            string output = await node.StandardOutput.ReadToEndAsync();
            string error = await errors;
            await node.WaitForExitAsync();
            if (node.ExitCode != 0 && error.Contains("Cannot find module 'esbuild'", StringComparison.Ordinal)) return [];
            if (node.ExitCode != 0) throw new InvalidOperationException(error);
            return JsonSerializer.Deserialize<Dictionary<string, string?>>(output)!;
        }
        catch (Win32Exception)
        {
            return []; // there is no Node.js
        }
    }
}
