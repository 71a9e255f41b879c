using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>
/// A client of one of the wires from npm, in a Node.js process that runs one job after the other. .ci/run installs the packages in the
/// folder that NODE_PATH names; if they are absent, the tests are skipped.
/// </summary>
/// <param name="driver">The program in this folder.</param>
/// <param name="package">The npm package.</param>
public abstract class NodeClient(string driver, string package) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Job> _jobs = new();
    private Process? _process;
    private string? _missing;
    private Task _reading = Task.CompletedTask;
    private int _count;

    /// <summary>The npm package.</summary>
    public string Package => package;

    public async ValueTask InitializeAsync()
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Clients", driver), package])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            _missing = "Node.js is not installed.";
            return;
        }

        // Clients log errors there that the jobs report too.
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        string? first = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        Assert.True(first is not null, $"{driver} ended without a message.");
        if (JsonDocument.Parse(first).RootElement.TryGetProperty("missing", out JsonElement missing))
            _missing = $"The npm package cannot be loaded: {missing.GetString()}";
        else
            _reading = ReadAsync(_process.StandardOutput);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_process is null) return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    /// <summary>Skips the test if the client cannot run.</summary>
    public void SkipIfMissing() => Assert.SkipWhen(_missing is not null, _missing ?? "");

    /// <summary>Starts a job.</summary>
    /// <param name="url">The address that the client is configured with.</param>
    /// <param name="options">What the client does.</param>
    public Job Start(Uri url, JobOptions? options = null)
    {
        var job = new Job();
        string id = $"chat-{Interlocked.Increment(ref _count)}";
        _jobs[id] = job;
        options ??= new JobOptions();
        string line = JsonSerializer.Serialize(
            new { id, url, options.Prompt, options.Stop, options.Tools, options.ToolOutput, options.Next, options.Way },
            JsonSerializerOptions.Web);
        _process!.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return job;
    }

    /// <summary>Starts a command to a page that stays open.</summary>
    /// <param name="page">The page.</param>
    /// <param name="command">A method of the driver's class of pages, <c>open</c>, or <c>move</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    public Job Do(string page, string command, JsonObject arguments)
    {
        var job = new Job();
        string id = $"command-{Interlocked.Increment(ref _count)}";
        _jobs[id] = job;
        arguments["id"] = id;
        arguments["page"] = page;
        arguments["do"] = command;
        lock (_jobs)
        {
            _process!.StandardInput.WriteLine(arguments.ToJsonString());
            _process.StandardInput.Flush();
        }

        return job;
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            JsonElement message = JsonDocument.Parse(line).RootElement;
            Job job = _jobs[message.GetProperty("id").GetString()!];
            if (message.TryGetProperty("event", out JsonElement occurred)) job.Report(occurred.GetString()!);
            else job.End(message.GetProperty("seen").Deserialize<Seen>(JsonSerializerOptions.Web)!);
        }

        foreach (Job job in _jobs.Values) job.Fail(new InvalidOperationException("The Node.js process ended."));
    }

    /// <summary>What the client does in a job.</summary>
    public sealed record JobOptions
    {
        /// <summary>The user's message.</summary>
        public string Prompt { get; init; } = "hi";

        /// <summary>Whether the client stops when the first text has arrived.</summary>
        public bool Stop { get; init; }

        /// <summary>The tools that the client offers, if its wire has them in the request.</summary>
        public IReadOnlyList<object>? Tools { get; init; }

        /// <summary>
        /// What the tools return in the client, which then sends the result; <see langword="null"/> means that none is called.
        /// </summary>
        public object? ToolOutput { get; init; }

        /// <summary>The user's second message, after the answer to the first one; <see langword="null"/> means none.</summary>
        public string? Next { get; init; }

        /// <summary>How OpenAI's package is called.</summary>
        public string? Way { get; init; }
    }

    /// <summary>A running job.</summary>
    public sealed class Job
    {
        private readonly TaskCompletionSource _heartbeat = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _text = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Seen> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when the first comment has arrived.</summary>
        public Task Heartbeat => _heartbeat.Task.WaitAsync(Patience);

        /// <summary>Completes when the client has shown the first text.</summary>
        public Task Text => _text.Task.WaitAsync(Patience);

        /// <summary>Completes with what the client's user sees at the end.</summary>
        public Task<Seen> Seen => _seen.Task.WaitAsync(Patience);

        internal void Report(string occurred)
        {
            if (occurred == "text") _text.TrySetResult();
            else _heartbeat.TrySetResult();
        }

        internal void End(Seen seen)
        {
            _seen.TrySetResult(seen);
            var early = new InvalidOperationException($"The job ended early: {seen}");
            if (_text.TrySetException(early)) _ = _text.Task.Exception;
            if (_heartbeat.TrySetException(early)) _ = _heartbeat.Task.Exception;
        }

        internal void Fail(Exception exception)
        {
            if (_seen.TrySetException(exception)) _ = _seen.Task.Exception;
        }
    }
}
