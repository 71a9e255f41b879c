using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Requests.UIMessages;
using LlmStream.AspNetCore.Wires.UIMessages;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Wires;

/// <summary>
/// The UI message stream, version 1, of the Vercel AI SDK, as <c>useChat</c> of the versions 5, 6 and 7 reads it
/// (ai-sdk.dev/docs/ai-sdk-ui/stream-protocol; the npm package <c>ai</c>, src/ui-message-stream/ui-message-chunks.ts).
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>what</term><description>chunks</description></listheader>
/// <item><term>begin</term><description><c>start</c> with the id of the message, <c>start-step</c></description></item>
/// <item><term>text</term><description>
/// <c>text-start</c>, <c>text-delta</c> …, <c>text-end</c>. A part is closed before another one begins.
/// </description></item>
/// <item><term>reasoning</term><description>
/// <c>reasoning-start</c>, <c>reasoning-delta</c> …, <c>reasoning-end</c>. A signature is the
/// <c>providerMetadata.llmstream.signature</c> of the end, also of a part without text, so that the browser sends it back.
/// </description></item>
/// <item><term>refusal</term><description>a text part</description></item>
/// <item><term>tool call</term><description>
/// <c>tool-input-start</c> when its name is known, <c>tool-input-delta</c> …, and when it is complete <c>tool-input-available</c>, or
/// <c>tool-input-error</c> if its arguments are not a JSON object. A call of an answer that failed stays incomplete.
/// </description></item>
/// <item><term>result of a tool that the server ran</term><description>
/// <c>tool-output-available</c>, or <c>tool-output-error</c> without details; what follows is a new step (<c>finish-step</c>,
/// <c>start-step</c>). The result of a call that is not part of this answer is left out.
/// </description></item>
/// <item><term>tool that the provider ran</term><description>
/// <c>tool-input-available</c> and <c>tool-output-available</c> with <c>providerExecuted</c> and <c>dynamic</c>, for the content types of
/// Microsoft.Extensions.AI; otherwise left out
/// </description></item>
/// <item><term>approval request</term><description>
/// <c>tool-input-available</c>, <c>tool-approval-request</c> for clients from 6.0 on; otherwise left out
/// </description></item>
/// <item><term>citation</term><description>
/// <c>source-url</c> for an http(s) address, <c>source-document</c> for a file or a title; each source once
/// </description></item>
/// <item><term>file</term><description>
/// <c>file</c> with a data link or an http(s) address; other addresses are left out
/// </description></item>
/// <item><term>usage</term><description><c>finish.messageMetadata.usage</c>, the sum of all attempts</description></item>
/// <item><term>seam</term><description>
/// <c>data-seam</c>, transient: <c>onData</c> sees it, the message does not contain it
/// </description></item>
/// <item><term>rewrite</term><description>
/// clients from 7.0.70 on: <c>reset-step</c>, and what remains of the step anew; otherwise, or if it goes back before the step or
/// concerns a step with a complete call: the failure <c>rewritten</c>
/// </description></item>
/// <item><term>complete</term><description>
/// <c>finish-step</c>, <c>finish</c> with the finish reason if the provider gave one (<c>other</c> if clients do not know it),
/// <c>[DONE]</c>
/// </description></item>
/// <item><term>failed</term><description><c>error</c>, <c>[DONE]</c>; never <c>finish</c></description></item>
/// <item><term>canceled</term><description>
/// <c>message-metadata</c> with the usage so far, <c>abort</c>, <c>[DONE]</c>
/// </description></item>
/// <item><term>choices besides the first, other contents</term><description>left out</description></item>
/// </list>
/// </remarks>
internal sealed class UIMessagesWire(Version minimumClientVersion) : ChatWire("ui-messages")
{
    // Older clients end with a validation error at a chunk of a type that they do not know.
    private static readonly Version ResetStepVersion = new(7, 0, 70); // not in 7.0.69
    private static readonly Version ApprovalVersion = new(6, 0);

    private bool CanAskForApproval => minimumClientVersion >= ApprovalVersion;

    // A part that the client has not seen begin is an error, and a second start is a second message.
    internal override bool ReplaysFromStart => true;

    internal override string ErrorContentType => "text/plain; charset=utf-8";

    internal override bool Matches(JsonElement body) => UIMessageReader.Matches(body);

    internal override ParsedRequest ReadRequest(JsonElement body) => UIMessageReader.Read(body, this, CanAskForApproval);

    // The id of a message alone is not enough: it is the same when an answer is regenerated, or the results of tools are sent.
    internal override IEnumerable<string?> GetIdentity(JsonElement body) =>
        new[] { "trigger", "messageId", "messages", "message" }
            .Select(name => body.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : null);

    internal override WireEncoder CreateEncoder(IBufferWriter<byte> output, WireContext context) =>
        new UIMessageEncoder(output, context)
        {
            CanReset = minimumClientVersion >= ResetStepVersion,
            CanAskForApproval = CanAskForApproval,
        };

    internal override void AddHeaders(IHeaderDictionary headers) => headers["x-vercel-ai-ui-message-stream"] = "v1";

    // The client shows the body of an error response as it is.
    internal override void WriteError(IBufferWriter<byte> output, WireFailure failure) => Encoding.UTF8.GetBytes(failure.Message, output);
}
