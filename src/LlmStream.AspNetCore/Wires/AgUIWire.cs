using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Requests.AgUI;
using LlmStream.AspNetCore.Wires.AgUI;

namespace LlmStream.AspNetCore.Wires;

/// <summary>AG-UI, version 1.0 (docs.ag-ui.com; the schemas of the npm package <c>@ag-ui/core</c> 1.0.0).</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>what</term><description>events</description></listheader>
/// <item><term>begin</term><description><c>RUN_STARTED</c></description></item>
/// <item><term>text, refusal</term><description>
/// <c>TEXT_MESSAGE_START</c>, <c>_CONTENT</c>, <c>_END</c>. Text after the results of tools, or after reasoning that follows text, is a
/// new message, so that the client keeps the order
/// </description></item>
/// <item><term>reasoning</term><description>
/// <c>REASONING_START</c>, <c>REASONING_MESSAGE_START</c>, <c>_CONTENT</c>, <c>_END</c>, <c>REASONING_END</c>. TDesign Chat 1.2 shows
/// none of it: it knows the events of AG-UI 0.0.39, <c>THINKING_…</c>
/// </description></item>
/// <item><term>signature of reasoning</term><description>
/// <c>REASONING_ENCRYPTED_VALUE</c> of the reasoning, of the call that it comes with, or of the text before it. Clients send it back
/// </description></item>
/// <item><term>tool calls, by fragment</term><description>
/// <c>TOOL_CALL_START</c>, <c>_ARGS</c>, <c>_END</c>. A call without an id has one made from the id of the message. <c>TOOL_CALL_END</c>
/// means that the arguments are complete: before <c>RUN_ERROR</c> a call that was cut off does not have it; before <c>RUN_FINISHED</c>,
/// where clients demand it, its <c>metadata.incomplete</c> is true, and if the run is complete, a <c>TOOL_CALL_RESULT</c> that says so
/// keeps clients from running the tool
/// </description></item>
/// <item><term>results of tools that the server ran</term><description><c>TOOL_CALL_RESULT</c></description></item>
/// <item><term>calls and results of tools that the provider ran</term><description>no event; left out</description></item>
/// <item><term>citations</term><description>
/// <c>CUSTOM</c>, name <c>llmstream.citation</c>, value <c>{url, title, snippet, fileId, startIndex, endIndex}</c>
/// </description></item>
/// <item><term>files</term><description>
/// <c>CUSTOM</c>, name <c>llmstream.file</c>, value <c>{url, mediaType, name}</c>; <c>url</c> is a link, or a data URI
/// </description></item>
/// <item><term>seams</term><description>
/// <c>CUSTOM</c>, name <c>llmstream.seam</c>, value <c>{kind, attempt, textOffset}</c>
/// </description></item>
/// <item><term>rewrite</term><description>
/// the failure <c>rewritten</c>. <c>MESSAGES_SNAPSHOT</c> can replace text in <c>@ag-ui/client</c>, but deletes every message that it does
/// not contain, and TDesign Chat ignores it
/// </description></item>
/// <item><term>usage</term><description>
/// <c>usage</c> of <c>RUN_FINISHED</c> and <c>RUN_ERROR</c>: one entry for each attempt
/// </description></item>
/// <item><term>complete</term><description>
/// <c>RUN_FINISHED</c>, outcome <c>success</c>, with <c>pendingToolCallIds</c> if calls are left to the client, and the finish reason in
/// <c>metadata.finishReason</c> and, for TanStack AI, in <c>metadata.tanstack.finishReason</c>
/// </description></item>
/// <item><term>failed</term><description><c>RUN_ERROR</c>, with the failure's code</description></item>
/// <item><term>canceled</term><description><c>RUN_FINISHED</c>, outcome <c>cancelled</c></description></item>
/// </list>
/// An error before the answer begins is a plain sentence: clients show the body as it is.
/// </remarks>
internal sealed class AgUIWire() : ChatWire("ag-ui")
{
    internal override bool ReplaysFromStart => true; // a run begins with RUN_STARTED

    internal override string ErrorContentType => "text/plain; charset=utf-8";

    internal override bool Matches(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && Has(body, "threadId"u8) && Has(body, "runId"u8);

    internal override ParsedRequest ReadRequest(JsonElement body) => AgUIRequestReader.Read(this, body);

    // A run with another id is another run, also with the same messages.
    internal override IEnumerable<string?> GetIdentity(JsonElement body) =>
        new[] { "runId", "messages" }.Select(name => body.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : null);

    internal override WireEncoder CreateEncoder(IBufferWriter<byte> output, WireContext context) => new AgUIEncoder(output, context);

    internal override void WriteError(IBufferWriter<byte> output, WireFailure failure) =>
        output.Write(Encoding.UTF8.GetBytes(failure.Message));

    private static bool Has(JsonElement body, ReadOnlySpan<byte> name) =>
        body.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;
}
