using System.Diagnostics;

namespace LlmStream.Browser.Tests.Blazor;

/// <summary>A Blazor WebAssembly application that uses the packages in the folder <c>LLMSTREAM_PACKAGES</c>, published.</summary>
internal sealed class BlazorApp : IDisposable
{
    private const string Program = """
        using LlmStream;
        using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
        using Microsoft.Extensions.DependencyInjection;

        var builder = WebAssemblyHostBuilder.CreateDefault(args);
        builder.RootComponents.Add<App.Chat>("#app");
        builder.Services.AddLlmStream(options =>
        {
            options.Provider = LlmProvider.CreateOpenAICompatible(new Uri(builder.Configuration["Server"]!)) with { DefaultModel = "m" };
            options.ApiKey = "key";
            options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Prefill };
        });
        builder.Services.AddScoped(services => services.GetRequiredService<Microsoft.Extensions.Options.IOptions<LlmStreamOptions>>().Value);
        await builder.Build().RunAsync();
        """;

    // One client of the container, and one that owns its connections.
    private const string Component = """
        @using LlmStream
        @inject LlmStreamClient Injected
        @inject LlmStreamOptions Options

        <button id="injected" @onclick="() => AskAsync(Injected)">Ask</button>
        <button id="own" @onclick="AskOwnAsync">Ask</button>
        <button id="cancel" @onclick="() => _cancellation?.Cancel()">Cancel</button>
        <p id="text">@_text</p>
        <p id="seams">@_seams</p>
        <p id="state">@_state</p>

        @code {
            private string _text = "", _state = "ready";
            private int _seams;
            private CancellationTokenSource? _cancellation;

            private async Task AskOwnAsync()
            {
                using var client = new LlmStreamClient(Options);
                await AskAsync(client);
            }

            private async Task AskAsync(LlmStreamClient client)
            {
                (_text, _seams, _state) = ("", 0, "streaming");
                _cancellation = new CancellationTokenSource();
                try
                {
                    await foreach (ChatDelta delta in client.StreamAsync("Why?", cancellationToken: _cancellation.Token))
                    {
                        _text = _text[..delta.TextOffset] + delta.Text;
                        if (delta.Seam is not null) _seams++;
                        StateHasChanged();
                    }

                    _state = "complete";
                }
                catch (OperationCanceledException)
                {
                    _state = "cancelled";
                }
                catch (Exception exception)
                {
                    _state = exception.ToString();
                }
            }
        }
        """;

    private const string Page = """
        <!DOCTYPE html>
        <html>
        <head><meta charset="utf-8"><base href="/"></head>
        <body><div id="app"></div><script src="_framework/blazor.webassembly.js"></script></body>
        </html>
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public string WebRoot => Path.Combine(_folder.FullName, "out", "wwwroot");

    /// <param name="framework">The framework, such as <c>net8.0</c>.</param>
    /// <param name="version">The version of Blazor.</param>
    /// <param name="packages">The folder of the packages.</param>
    public static async Task<BlazorApp> PublishAsync(string framework, string version, string packages, CancellationToken cancellationToken)
    {
        var app = new BlazorApp();
        string library = Path.GetFileNameWithoutExtension(Directory.GetFiles(packages, "LlmStream.*.nupkg")
            .Single(file => char.IsAsciiDigit(Path.GetFileName(file)["LlmStream.".Length])))["LlmStream.".Length..];
        string nuget = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await app.WriteAsync("Program.cs", Program);
        await app.WriteAsync("Chat.razor", "@using Microsoft.AspNetCore.Components.Web\n" + Component);
        await app.WriteAsync("wwwroot/index.html", Page);
        await app.WriteAsync("wwwroot/appsettings.json", "{}"); // is replaced; it would not be loaded if it were not there when published
        await app.WriteAsync("App.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk.BlazorWebAssembly">
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <CompressionEnabled>false</CompressionEnabled>
                <NuGetAudit>false</NuGetAudit>
                <!-- Not into the folder of all packages, where a later build of this version would not replace it. -->
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>{nuget}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{packages}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Microsoft.AspNetCore.Components.WebAssembly" Version="{version}" />
                <PackageReference Include="LlmStream.DependencyInjection" Version="{library}" />
              </ItemGroup>
            </Project>
            """);
        var start = new ProcessStartInfo("dotnet", ["publish", "--configuration", "Release", "--nologo", "--output", "out"])
        {
            WorkingDirectory = app._folder.FullName,
            RedirectStandardOutput = true,
        };
        using Process publish = Process.Start(start)!;
        string output = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
        await publish.WaitForExitAsync(cancellationToken);
        Assert.True(publish.ExitCode == 0, output);
        return app;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task WriteAsync(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text);
    }
}
