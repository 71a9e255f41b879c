using System.Diagnostics;
using LlmStream.Testing;

namespace LlmStream.Tests;

/// <summary>Runs a program for .NET Framework 4.6.2, tests/LlmStream.FrameworkTest, in Mono, against the scripted server.</summary>
public class MonoTests(ITestOutputHelper output)
{
    private const string Answer = "Rayleigh scattering: short waves are scattered most, für alle 🌈.";

    // Debian has a package for each: libmono-system-net-http4.0-cil and so on.
    private static readonly string[] Libraries = ["System.Net.Http", "System.ComponentModel.DataAnnotations", "System.Numerics"];

    private static readonly string? Mono = Find("mono");

    [Fact]
    public async Task A_stream_is_read()
    {
        (string[] lines, _) = await RunAsync("stream", Script.Answer(Answer));
        Assert.Equal(Answer, Join(lines));
        Assert.Equal("finish stop", lines[^1]);
        Assert.True(lines.Length > 5, "one line for each delta");
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("reset")]
    public async Task A_stream_is_resumed_after_its_connection_was_lost(string how)
    {
        Script script = Script.Answer(Answer);
        (string[] lines, ScriptedLlmServer server) =
            await RunAsync("stream", (how == "cut" ? script.CutAtEvent(5) : script.ResetAtEvent(5)).ThenWithoutFaults());
        Assert.Equal(Answer, Join(lines));
        Assert.Single(lines, line => line.StartsWith("seam", StringComparison.Ordinal));
        Assert.Equal("finish stop", lines[^1]);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task An_error_is_reported()
    {
        (string[] lines, _) = await RunAsync("stream", Script.Status(400));
        Assert.StartsWith("error InvalidRequest", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_read_with_IChatClient()
    {
        (string[] lines, _) = await RunAsync("chat-client", Script.Answer(Answer).WithUsage());
        Assert.Equal($"answer {Answer}", lines[0]);
        Assert.NotEqual("tokens ", lines[1]);
    }

    [Fact]
    public async Task Events_are_read()
    {
        (string[] lines, _) = await RunAsync("events", Script.Answer(Answer));
        Assert.Equal(["greeting 7 00:00:01.5000000 für alle", "message 7  2"], lines);
    }

    [Theory]
    [InlineData("cancel", "cancelled")]
    [InlineData("leave", "left")]
    public async Task A_stream_that_stalls_can_be_left(string how, string end)
    {
        // The program would wait for as long as the server does, and longer than the test.
        (string[] lines, ScriptedLlmServer server) = await RunAsync(how, Script.Answer(Answer).StallAtEvent(4, TimeSpan.FromMinutes(10)));
        Assert.Equal(end, lines[^1]);
        Assert.Single(server.Requests);
    }

    private async Task<(string[] Lines, ScriptedLlmServer Server)> RunAsync(string mode, Script script)
    {
        Assert.SkipWhen(Mono is null, "Mono is not installed (package mono-runtime).");
        string libraries = Path.Combine(Path.GetDirectoryName(Mono)!, "..", "lib", "mono", "4.5");
        string? missing = Libraries.FirstOrDefault(name => !File.Exists(Path.Combine(libraries, name + ".dll")));
        Assert.SkipWhen(missing is not null, $"Mono is installed without {missing}.");
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string program = Path.Combine(
            Repository.Root, "tests", "LlmStream.FrameworkTest", "bin", configuration, "net462", "LlmStream.FrameworkTest.exe");
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);
        var start = new ProcessStartInfo(Mono!, [program, mode, server.Provider.BaseAddress.ToString()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            Task<string> errors = process.StandardError.ReadToEndAsync(timeout.Token);
            var lines = new List<string>();
            while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                output.WriteLine(line);

                // The program is not waited for: Mono 6.8 can hang while it shuts down, if a thread of its pool has just lost its socket.
                if (line == "end") return ([.. lines], server);
                lines.Add(line);
            }

            Assert.Fail($"The program ended early: {await errors}");
            throw new UnreachableException();
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The text of the deltas, which each say where they belong.</summary>
    private static string Join(IEnumerable<string> lines)
    {
        string text = "";
        foreach (string line in lines.Where(line => line.StartsWith("text ", StringComparison.Ordinal)))
        {
            string[] parts = line.Split(' ', 3);
            text = text[..int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)] + parts[2];
        }

        return text;
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
