using System.Buffers;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore;

/// <summary>
/// A wire protocol: the form in which an answer is sent to the browser, and in which the browser asks for it. Immutable; may be shared.
/// </summary>
/// <example>
/// <code>
/// app.MapPost("/chat", (Question question, LlmStreamClient llm, CancellationToken cancellationToken) =>
///     ChatResults.Stream(llm.StreamAsync(question.Text, cancellationToken: cancellationToken), ChatWire.UIMessages));
/// </code>
/// </example>
public abstract class ChatWire
{
    private protected ChatWire(string name) => Name = name;

    /// <summary>
    /// The UI message stream, version 1, of the Vercel AI SDK: <c>useChat</c> of the versions 5, 6 and 7, and assistant-ui
    /// (ai-sdk.dev/docs/ai-sdk-ui/stream-protocol).
    /// </summary>
    public static ChatWire UIMessages { get; } = new UIMessagesWire(new Version(5, 0));

    /// <summary>
    /// OpenAI's Chat Completions: chunks for <c>"stream": true</c>, otherwise one object. For every OpenAI SDK, and many chat UIs.
    /// </summary>
    public static ChatWire OpenAI { get; } = new OpenAIWire();

    /// <summary>AG-UI, version 1.0 (docs.ag-ui.com): CopilotKit, TDesign Chat, and others.</summary>
    public static ChatWire AgUI { get; } = new AgUIWire();

    /// <summary>
    /// Plain JSON events: <c>{"content":"…"}</c> for each piece of text, at the end <c>{"done":true,"tokens":N}</c>, and on failure
    /// <c>{"error":"…"}</c>. For <c>EventSource</c>, and for clients of your own.
    /// </summary>
    public static ChatWire Json { get; } = new JsonWire();

    /// <summary>All wires, in the order in which a request is matched against them.</summary>
    public static IReadOnlyList<ChatWire> All { get; } = [AgUI, UIMessages, OpenAI, Json];

    /// <summary>
    /// The name: <c>ui-messages</c>, <c>openai</c>, <c>ag-ui</c> or <c>json</c>. Used in logs and metrics.
    /// </summary>
    public string Name { get; }

    /// <summary>
    /// <see cref="UIMessages"/> for clients of a known version, which may be sent what older clients do not understand: from 6.0 on,
    /// requests to approve a tool call; from 7.0.70 on, a text that the provider rewrote is replaced (<c>reset-step</c>) instead of ending
    /// the answer with an error.
    /// </summary>
    /// <param name="minimumClientVersion">The lowest version of the npm package <c>ai</c> that clients use. At least 5.0.</param>
    /// <returns>The wire.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="minimumClientVersion"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The version is less than 5.0.</exception>
    public static ChatWire CreateUIMessages(Version minimumClientVersion)
    {
        ArgumentNullException.ThrowIfNull(minimumClientVersion);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumClientVersion, new Version(5, 0));
        return new UIMessagesWire(minimumClientVersion);
    }

    /// <summary>The name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;

    /// <summary>The media type of an error before the answer began.</summary>
    internal virtual string ErrorContentType => "application/problem+json";

    /// <summary>Whether a request body, a JSON object, has the form of this wire.</summary>
    internal abstract bool Matches(JsonElement body);

    /// <summary>Reads a request body, a JSON object.</summary>
    /// <exception cref="InvalidRelayRequestException">The body is not valid.</exception>
    internal abstract ParsedRequest ReadRequest(JsonElement body);

    /// <summary>
    /// Whether a client that resumes needs the whole answer again, because it cannot continue in the middle of a message.
    /// </summary>
    internal virtual bool ReplaysFromStart => false;

    /// <summary>
    /// What identifies a request in its body: of two requests with the same identity, the second repeats the first. Null if the wire has
    /// nothing that differs between two turns with the same text.
    /// </summary>
    internal virtual IEnumerable<string?>? GetIdentity(JsonElement body) => null;

    /// <summary>Creates the encoder of one answer.</summary>
    internal abstract WireEncoder CreateEncoder(IBufferWriter<byte> output, WireContext context);

    /// <summary>Writes a whole answer as one JSON object, on a wire whose requests can ask for it.</summary>
    internal virtual void WriteAnswer(IBufferWriter<byte> output, ChatStreamResult answer, WireContext context) =>
        throw new NotSupportedException($"The wire {Name} only streams.");

    /// <summary>Adds the headers that the wire has besides those of all event streams.</summary>
    internal virtual void AddHeaders(IHeaderDictionary headers)
    {
    }

    /// <summary>Writes the body of an error response, if the answer has not begun.</summary>
    internal virtual void WriteError(IBufferWriter<byte> output, WireFailure failure) => ProblemDetailsBody.Write(output, failure);
}
