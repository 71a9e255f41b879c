using System.Buffers;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Requests.OpenAI;
using LlmStream.AspNetCore.Wires.OpenAI;

namespace LlmStream.AspNetCore.Wires;

/// <summary>
/// OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat-streaming), with the fields for reasoning and images that
/// compatible providers added.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>what</term><description>event</description></listheader>
/// <item><term>text</term><description><c>delta.content</c></description></item>
/// <item><term>reasoning</term><description><c>delta.reasoning_content</c>, as DeepSeek and most others</description></item>
/// <item><term>refusal</term><description><c>delta.refusal</c></description></item>
/// <item><term>tool call by fragment</term><description>
/// <c>delta.tool_calls</c>, fragment by fragment; id, type and name only with the first fragment of a call. The index counts the calls
/// that the client sees.
/// </description></item>
/// <item><term>tool call that arrives whole</term><description>
/// The same, but only when the answer is complete: until then the server may run the tool itself. See the next row.
/// </description></item>
/// <item><term>tool result</term><description>
/// No event: the server ran the tool, and the client must not run it again. If the call arrived whole, as from
/// <c>UseFunctionInvocation</c>, it is not sent at all. A call that was sent by fragment cannot be taken back.
/// </description></item>
/// <item><term>citations</term><description>
/// <c>delta.annotations</c> of type <c>url_citation</c>, all of a choice in one chunk before its finish chunk, as OpenAI's search
/// models send them (SDKs cannot append to such a list). Citations of files that have no address are left out.
/// </description></item>
/// <item><term>images</term><description><c>delta.images</c>, as OpenRouter (openrouter.ai/docs/features/multimodal)</description></item>
/// <item><term>other files, signatures, tools that the provider runs</term><description>no event; left out</description></item>
/// <item><term>usage</term><description>
/// A chunk with <c>"choices": []</c> before the end marker, if <c>stream_options.include_usage</c> asks for it and the provider reported
/// any.
/// </description></item>
/// <item><term>seam of a resumed answer</term><description>no event: the text goes on</description></item>
/// <item><term>rewrite (an offset goes back)</term><description>
/// the failure <c>rewritten</c>: clients append what they get
/// </description></item>
/// <item><term>complete</term><description>
/// One chunk for each choice with an empty delta and <c>finish_reason</c>, then <c>[DONE]</c>. Reasons that OpenAI does not have become
/// the nearest one, because SDKs refuse others; a missing reason becomes <c>stop</c>, or <c>tool_calls</c>.
/// </description></item>
/// <item><term>failed</term><description><c>{"error":{"message","type","code"}}</c>, and no <c>[DONE]</c></description></item>
/// <item><term>canceled</term><description>the same with the code <c>cancelled</c></description></item>
/// <item><term>failed before the answer began</term><description>an HTTP status, and the same object</description></item>
/// </list>
/// <para>
/// Without <c>"stream": true</c> the answer is one <c>chat.completion</c> object (<see cref="OpenAICompletion"/>).
/// </para>
/// </remarks>
internal sealed class OpenAIWire() : ChatWire("openai")
{
    internal override string ErrorContentType => "application/json";

    internal override bool Matches(JsonElement body) => body.TryGetProperty("messages"u8, out _);

    internal override ParsedRequest ReadRequest(JsonElement body) => OpenAIRequestReader.Read(body, this);

    internal override WireEncoder CreateEncoder(IBufferWriter<byte> output, WireContext context) => new OpenAIEncoder(output, context);

    internal override void WriteAnswer(IBufferWriter<byte> output, ChatStreamResult answer, WireContext context) =>
        OpenAICompletion.Write(output, answer, context);

    internal override void WriteError(IBufferWriter<byte> output, WireFailure failure)
    {
        using var json = new Utf8JsonWriter(output, EventWriter.JsonOptions);
        json.WriteStartObject();
        OpenAIError.Write(json, failure);
        json.WriteEndObject();
    }
}
