using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using LlmStream.Testing.Scripting;
using LlmStream.Transport;

namespace LlmStream.Testing;

/// <summary>
/// What a <see cref="ScriptedLlmServer"/> answers, request by request, and what goes wrong with it. Immutable: each method
/// returns a new script.
/// </summary>
/// <remarks>
/// A script is a list of steps, one a request; the last one repeats. It is written as a sentence: a method that describes
/// (<c>WithUsage</c>, <c>ResetAt</c>) speaks of the step before it, and <see cref="Then"/> goes on to the next request.
/// Bytes are counted from 0 in the body of the response as it is after de-chunking; events are counted from 0 in the body
/// as it would be without faults, <c>[DONE]</c> included, comments not. A script gives the same bytes whenever it is played.
/// </remarks>
/// <example>
/// <code>
/// Script script = Script.Status(429).RetryAfter(TimeSpan.FromSeconds(2))
///     .Then(Script.Answer("The sky is blue.").InChunksOf(2).WithUsage().ResetAtEvent(3))
///     .ThenWithoutFaults();
/// </code>
/// </example>
public sealed partial class Script
{
    private Script(ImmutableArray<Step> steps) => Steps = steps;

    internal ImmutableArray<Step> Steps { get; }

    /// <summary>A successful answer, written in the dialect of the request.</summary>
    /// <param name="text">The text of the answer.</param>
    /// <returns>A script of one step.</returns>
    public static Script Answer(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Of(new AnswerContent(text));
    }

    /// <summary>An answer that never ends: it says a text again and again until the client leaves.</summary>
    /// <param name="text">The text that is repeated. Must not be empty.</param>
    /// <returns>A script of one step.</returns>
    public static Script Endless(string text = "And so on, ")
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return Of(new AnswerContent(text) { Endless = true });
    }

    /// <summary>A status, as a rule of an error.</summary>
    /// <param name="status">The HTTP status, from 200 to 599.</param>
    /// <param name="body">The body; <see langword="null"/> means the JSON error that fits the status and the dialect.</param>
    /// <param name="contentType">The content type of <paramref name="body"/>. Default: <c>application/json</c>.</param>
    /// <returns>A script of one step.</returns>
    public static Script Status(int status, string? body = null, string? contentType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        return Of(new BodyContent(status, body is null ? null : Encoding.UTF8.GetBytes(body), contentType));
    }

    /// <summary>Bytes as they are, with status 200.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">The content type. Default: <c>text/event-stream</c>.</param>
    /// <returns>A script of one step.</returns>
    public static Script Raw(ReadOnlySpan<byte> body, string contentType = "text/event-stream") =>
        Of(new BodyContent(200, body.ToArray(), contentType));

    /// <summary>Text as it is, in UTF-8, with status 200.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">The content type. Default: <c>text/event-stream</c>.</param>
    /// <returns>A script of one step.</returns>
    public static Script Raw(string body, string contentType = "text/event-stream") => Raw(Encoding.UTF8.GetBytes(body), contentType);

    /// <summary>
    /// A recorded body, byte for byte. Its content type follows from the file's extension (<c>.sse</c>, <c>.ndjson</c>,
    /// <c>.json</c>, <c>.html</c>); where a file of the same name and <c>.chunks</c> lies beside it, a number a line, the body is
    /// written in chunks of these sizes.
    /// </summary>
    /// <param name="file">The path of the file, which is read at once.</param>
    /// <returns>A script of one step.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Script Replay(string file)
    {
        string contentType = Path.GetExtension(file) switch
        {
            ".ndjson" => "application/x-ndjson",
            ".json" => "application/json",
            ".html" => "text/html",
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

    /// <summary>A redirect to another address.</summary>
    /// <param name="location">Where to; may be relative.</param>
    /// <param name="status">301, 302, 303, 307 or 308. Default: 307, which keeps method and body.</param>
    /// <returns>A script of one step.</returns>
    public static Script Redirect(Uri location, int status = 307)
    {
        ArgumentNullException.ThrowIfNull(location);
        return Status(status, "", "text/plain").WithHeader("Location", location.OriginalString);
    }

    /// <summary>A page of HTML with status 200, as captive portals and proxies send it.</summary>
    /// <param name="page">The page; <see langword="null"/> means a short one.</param>
    /// <returns>A script of one step.</returns>
    public static Script Html(string? page = null) =>
        Raw(page ?? "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n", "text/html; charset=utf-8");

    /// <summary>JSON with status 200 where a stream was asked for, as xAI reports errors.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>A script of one step.</returns>
    public static Script Json(string json = "{\"code\":\"invalid-argument\",\"error\":\"The model is not available.\"}") => Raw(json, "application/json");

    /// <summary>No response: the connection is reset when the request has arrived.</summary>
    /// <returns>A script of one step.</returns>
    public static Script NoResponse() => Of(new NoContent());

    /// <summary>A script from a file; see <see cref="Parse"/>.</summary>
    /// <param name="file">The path of the file, which is read at once.</param>
    /// <returns>The script.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">It is no script; the message says why in one line.</exception>
    public static Script Load(string file) => ScriptFile.Parse(File.ReadAllText(file), Path.GetDirectoryName(Path.GetFullPath(file))!);

    /// <summary>A script from JSON: an array of steps, or one step.</summary>
    /// <remarks>
    /// Each step is an object with one of <c>answer</c>, <c>endless</c>, <c>status</c> (a number; with <c>body</c>), <c>raw</c>,
    /// <c>replay</c> (a file), <c>redirect</c> (a URL), <c>html</c>, <c>json</c> (strings) or <c>noResponse</c> (<c>true</c>).
    /// To an answer belong <c>reasoning</c>, <c>toolCalls</c> (<c>[{"name","arguments","id"}]</c>), <c>chunk</c> (tokens), <c>model</c>,
    /// <c>finish</c> (a string, or <c>false</c> for none), <c>done</c> (<c>false</c> for none), <c>usage</c> (a boolean) and <c>continuation</c>
    /// (an array of <c>echo</c>, <c>overlap:N</c>, <c>startOver</c>, <c>refusePrefill</c>, <c>need:FLAG</c>). To every step belong
    /// <c>faults</c> (strings; see <see cref="WithFault"/>), <c>headers</c> (an object), <c>contentType</c>, <c>retryAfter</c> and
    /// <c>delay</c> (seconds), <c>rate</c> (writes a second), <c>writes</c> (bytes of each), <c>lineEnd</c> (<c>lf</c>, <c>crlf</c>, <c>cr</c>),
    /// <c>bom</c> (a boolean) and <c>keepAlive</c> (a comment before each event).
    /// </remarks>
    /// <param name="json">The JSON; comments and trailing commas are allowed.</param>
    /// <returns>The script.</returns>
    /// <exception cref="FormatException">It is no script; the message says why in one line.</exception>
    /// <example>
    /// <code>
    /// Script script = Script.Parse("""[{"status": 429, "retryAfter": 2}, {"answer": "Hello!", "faults": ["reset@300"]}, {"answer": "Hello!"}]""");
    /// </code>
    /// </example>
    public static Script Parse(string json) => ScriptFile.Parse(json, Directory.GetCurrentDirectory());

    /// <summary>Goes on to another script with the next request.</summary>
    /// <param name="next">What follows. Its last step repeats.</param>
    /// <returns>Both, one after the other.</returns>
    public Script Then(Script next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new Script([.. Steps, .. next.Steps]);
    }

    /// <summary>
    /// From the next request on, the same without any fault. So is written what a resume meets: the answer breaks off, and its
    /// rest is there for who asks for it.
    /// </summary>
    /// <returns>The script with one more step.</returns>
    public Script ThenWithoutFaults() => new([.. Steps, Steps[^1] with { Faults = [] }]);

    private static Script Of(StepContent content) => new([new Step(content)]);

    private Script Last(Func<Step, Step> change) => new(Steps.SetItem(Steps.Length - 1, change(Steps[^1])));

    private Script LastAnswer(Func<AnswerContent, AnswerContent> change) => Last(step => step.Content is AnswerContent answer
        ? step with { Content = change(answer) }
        : throw new InvalidOperationException("This describes an answer, but the last step of the script is none."));
}
