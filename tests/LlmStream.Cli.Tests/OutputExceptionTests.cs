using System.Text;
using LlmStream.Testing;

namespace LlmStream.Cli.Tests;

/// <summary>How commands end whose output cannot be written.</summary>
public sealed class OutputExceptionTests
{
    [Theory]
    [InlineData("inspect")]
    [InlineData("inspect", "--json")]
    public async Task A_full_disk_is_reported_on_one_line(params string[] args)
    {
        using var recording = Recording.Events(Recording.Text("\"Hi\""), Recording.Finish("stop"), "[DONE]");
        Assert.Equal((1, "llmstream inspect: cannot write to standard output: No space left on device\n"), await RunAsync(new("No space left on device", isClosed: false), [.. args, recording.Path]));
        Assert.Equal((141, ""), await RunAsync(new("", isClosed: true), [.. args, recording.Path]));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("demo", "--fast")]
    public async Task Any_command_ends_so(params string[] args)
    {
        (int exitCode, string error) = await RunAsync(new("No space left on device", isClosed: false), args);
        Assert.Equal(1, exitCode);
        Assert.EndsWith("cannot write to standard output: No space left on device\n", error, StringComparison.Ordinal);
        Assert.Equal((141, ""), await RunAsync(new("", isClosed: true), args));
    }

    [Fact]
    public async Task The_request_of_a_chat_is_cancelled()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("The sky is blue today.").StallAtEvent(3));
        Assert.Equal((141, ""), await RunAsync(new("", isClosed: true), ["chat", "Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"]));
        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
    }

    [Fact]
    public async Task The_request_of_a_chat_is_cancelled_when_the_reader_goes_though_nothing_is_written()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("The sky is blue today.").StallAtEvent(1));
        using var closed = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();
        CliEnvironment environment = CliEnvironment.Current with { OutputClosed = closed.Token };
        string[] args = ["chat", "Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"];
        Task<int> run = CommandLineApp.RunAsync(args, output, error, environment, CancellationToken.None);
        await server.WaitForRequestAsync();
        await closed.CancelAsync();

        Assert.Equal((141, ""), (await run, error.ToString()));
        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
    }

    [Fact]
    public void A_failing_standard_error_is_ignored()
    {
        using var writer = new LenientWriter(new FailingWriter(new IOException("full")));
        writer.WriteLine("message");
        writer.Write("message".ToCharArray());
        writer.Flush();
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(OutputException failure, string[] args)
    {
        await using var output = new FailingWriter(failure);
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = await CommandLineApp.RunAsync(args, output, error, CliEnvironment.Current, CancellationToken.None);
        return (exitCode, error.ToString());
    }

    private sealed class FailingWriter(Exception failure) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw failure;
    }
}
