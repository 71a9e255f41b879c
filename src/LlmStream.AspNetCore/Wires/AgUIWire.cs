using System.Buffers;
using System.Text.Json;
using LlmStream.AspNetCore.Requests;

namespace LlmStream.AspNetCore.Wires;

/// <summary>Not written yet.</summary>
internal sealed class AgUIWire() : ChatWire("ag-ui")
{
    internal override bool Matches(JsonElement body) => false;

    internal override ParsedRequest ReadRequest(JsonElement body) => throw new NotImplementedException();

    internal override WireEncoder CreateEncoder(IBufferWriter<byte> output, WireContext context) => throw new NotImplementedException();
}
