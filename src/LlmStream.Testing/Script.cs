using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing;

/// <summary>
/// What a <see cref="ScriptedLlmServer"/> answers, request by request, and which faults occur. Immutable: each method returns a new
/// script.
/// </summary>
/// <remarks>
/// A script is a list of steps, one per request; the last one repeats. Methods that describe a step (<c>WithUsage</c>, <c>ResetAt</c>)
/// apply to the last step so far; <see cref="Then"/> appends further steps. Bytes are counted from 0 in the body of the response after
/// de-chunking. Events are counted from 0 in the body as it would be without faults; <c>[DONE]</c> counts, comments do not. A script
/// always produces the same bytes.
/// </remarks>
/// <example>
/// <code>
/// Script script = Script.Status(429).WithRetryAfter(TimeSpan.FromSeconds(2))
///     .Then(Script.Answer("The sky is blue.").InChunksOf(2).WithUsage().ResetAtEvent(3))
///     .ThenWithoutFaults();
/// </code>
/// </example>
public sealed partial class Script
{
    private Script(ImmutableArray<Step> steps)
    {
        Debug.Assert(steps.Length > 0, "A script has at least one step.");
        Steps = steps;
    }

    internal ImmutableArray<Step> Steps { get; }

    /// <summary>A successful answer in the dialect of the request.</summary>
    /// <param name="text">The text of the answer.</param>
    /// <returns>A script of one step.</returns>
    public static Script Answer(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Create(new AnswerContent(text));
    }

    /// <summary>An answer that never ends: it repeats a text until the client disconnects.</summary>
    /// <param name="text">The text to repeat. Must not be empty.</param>
    /// <returns>A script of one step.</returns>
    public static Script Endless(string text = "And so on, ")
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return Create(new AnswerContent(text) { IsEndless = true });
    }

    /// <summary>
    /// For a request for the state of a stored answer (<c>GET …/responses/ID</c> without <c>stream</c>): the answer has not ended. A
    /// request to stream it again is refused with status 400, as if it was too old.
    /// </summary>
    /// <returns>A script of one step.</returns>
    public static Script Pending() => Create(new PendingContent());

    /// <summary>A response with a status, usually an error.</summary>
    /// <param name="status">The HTTP status, from 200 to 599.</param>
    /// <param name="body">The body; <see langword="null"/> means the JSON error that the dialect has for the status.</param>
    /// <param name="contentType">The content type of <paramref name="body"/>. Default: <c>application/json</c>.</param>
    /// <returns>A script of one step.</returns>
    public static Script Status(int status, string? body = null, string? contentType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        return Create(new BodyContent(status, body is null ? null : Encoding.UTF8.GetBytes(body), contentType));
    }

    /// <summary>Bytes to send unchanged, with status 200.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">The content type. Default: <c>text/event-stream</c>.</param>
    /// <returns>A script of one step.</returns>
    public static Script Raw(ReadOnlySpan<byte> body, string contentType = "text/event-stream") =>
        Create(new BodyContent(200, body.ToArray(), contentType));

    /// <summary>Text to send unchanged, in UTF-8, with status 200.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">The content type. Default: <c>text/event-stream</c>.</param>
    /// <returns>A script of one step.</returns>
    public static Script Raw(string body, string contentType = "text/event-stream") => Raw(Encoding.UTF8.GetBytes(body), contentType);

    /// <summary>
    /// A recorded body, byte for byte. The file's extension (<c>.sse</c>, <c>.ndjson</c>, <c>.json</c>, <c>.html</c>, <c>.bin</c>)
    /// determines the content type. If a file with the same name and the additional extension <c>.chunks</c> exists, with a number on
    /// each line, the body is written in chunks of these sizes.
    /// </summary>
    /// <param name="file">The path of the file, which is read immediately.</param>
    /// <returns>A script of one step.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Script Recording(string file)
    {
        string contentType = Path.GetExtension(file) switch
        {
            ".ndjson" => "application/x-ndjson",
            ".json" => "application/json",
            ".html" => "text/html",
            ".bin" => "application/octet-stream",
            _ => "text/event-stream",
        };
        Script script = Raw(File.ReadAllBytes(file), contentType);
        string chunks = file + ".chunks";
        if (!File.Exists(chunks)) return script;
        long offset = 0;
        return script.InWritesCutAt([.. File.ReadLines(chunks)
            .Where(line => !string.IsNullOrWhiteSpace(line))
            .Select(line => offset += long.Parse(line, CultureInfo.InvariantCulture))]);
    }

    /// <summary>A redirect.</summary>
    /// <param name="location">The target; may be relative.</param>
    /// <param name="status">301, 302, 303, 307 or 308. Default: 307, which keeps method and body.</param>
    /// <returns>A script of one step.</returns>
    public static Script Redirect(Uri location, int status = 307)
    {
        ArgumentNullException.ThrowIfNull(location);
        return Status(status, "", "text/plain").WithHeader("Location", location.OriginalString);
    }

    /// <summary>An HTML page with status 200, as captive portals and proxies send.</summary>
    /// <param name="page">The page; <see langword="null"/> means a short sign-in page.</param>
    /// <returns>A script of one step.</returns>
    public static Script Html(string? page = null)
    {
        const string SignIn =
            "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n";
        return Raw(page ?? SignIn, "text/html; charset=utf-8");
    }

    /// <summary>A JSON document with status 200 although a stream was requested, as xAI reports errors.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>A script of one step.</returns>
    public static Script Json(string json = "{\"code\":\"invalid-argument\",\"error\":\"The model is not available.\"}") =>
        Raw(json, "application/json");

    /// <summary>No response: the connection is reset when the request has arrived.</summary>
    /// <returns>A script of one step.</returns>
    public static Script NoResponse() => Create(new NoResponseContent());

    /// <summary>Reads a script from a file; see <see cref="Parse"/>.</summary>
    /// <param name="file">The path of the file, which is read immediately.</param>
    /// <returns>The script.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">The file is not a valid script; the message is one line.</exception>
    public static Script Load(string file) => ScriptFile.Parse(File.ReadAllText(file), Path.GetDirectoryName(Path.GetFullPath(file))!);

    /// <summary>Parses a script from JSON: an array of steps, or one step.</summary>
    /// <remarks>
    /// A step is an object with exactly one of <c>answer</c>, <c>endless</c>, <c>status</c> (a number; with <c>body</c>), <c>raw</c>,
    /// <c>replay</c> (a file), <c>redirect</c> (a URL), <c>html</c>, <c>json</c> (strings) or <c>noResponse</c> (<c>true</c>).
    /// An answer may have <c>reasoning</c>, <c>toolCalls</c> (<c>[{"name","arguments","id"}]</c>), <c>chunk</c> (tokens), <c>model</c>,
    /// <c>finish</c> (a string, or <c>false</c> for none), <c>done</c> (<c>false</c> for none), <c>usage</c> (a boolean) and
    /// <c>continuation</c> (an array of <c>echo</c>, <c>overlap:N</c>, <c>startOver</c>, <c>refusePrefill</c>, <c>need:FLAG</c>).
    /// Any step may have <c>faults</c> (strings; see <see cref="WithFault"/>), <c>headers</c> (an object), <c>contentType</c>,
    /// <c>retryAfter</c> and <c>delay</c> (seconds), <c>rate</c> (writes per second), <c>writes</c> (the bytes of each), <c>lineEnd</c>
    /// (<c>lf</c>, <c>crlf</c>, <c>cr</c>), <c>bom</c> (a boolean) and <c>keepAlive</c> (a comment before each event).
    /// </remarks>
    /// <param name="json">The JSON; comments and trailing commas are allowed.</param>
    /// <returns>The script.</returns>
    /// <exception cref="FormatException">The JSON is not a valid script; the message is one line.</exception>
    /// <example>
    /// <code>
    /// Script script = Script.Parse("""
    ///     [{"status": 429, "retryAfter": 2}, {"answer": "Hello!", "faults": ["reset@300"]}, {"answer": "Hello!"}]
    ///     """);
    /// </code>
    /// </example>
    public static Script Parse(string json) => ScriptFile.Parse(json, Directory.GetCurrentDirectory());

    /// <summary>Appends the steps of another script, for the requests that follow.</summary>
    /// <param name="next">What follows. Its last step repeats.</param>
    /// <returns>The steps of both scripts.</returns>
    public Script Then(Script next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new Script([.. Steps, .. next.Steps]);
    }

    /// <summary>
    /// Appends the last step without its faults. This is the script for testing resume: the answer is interrupted, and the next request
    /// gets the rest of it.
    /// </summary>
    /// <returns>The script with one more step.</returns>
    public Script ThenWithoutFaults() => new([.. Steps, Steps[^1] with { Faults = [] }]);

    private static Script Create(StepContent content) => new([new Step(content)]);

    private Script ChangeStep(Func<Step, Step> change) => new(Steps.SetItem(Steps.Length - 1, change(Steps[^1])));

    private Script ChangeAnswer(Func<AnswerContent, AnswerContent> change) => ChangeStep(step => step.Content is AnswerContent answer
        ? step with { Content = change(answer) }
        : throw new InvalidOperationException("The last step of the script is not an answer."));
}
