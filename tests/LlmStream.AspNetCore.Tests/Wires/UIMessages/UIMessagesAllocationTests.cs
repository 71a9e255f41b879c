using System.Buffers;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

public class UIMessagesAllocationTests
{
    [Fact]
    public void A_delta_of_text_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>(1 << 20);
        using WireEncoder encoder = ChatWire.UIMessages.CreateEncoder(output, Encoded.Context);
        ChatDelta[] deltas = Encoded.Pieces([.. Enumerable.Repeat("some \"words\" 你好", 2_000)]);
        encoder.Begin();
        foreach (ChatDelta delta in deltas[..1_000]) encoder.Add(delta);
        output.ResetWrittenCount();

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (ChatDelta delta in deltas.AsSpan(1_000)) encoder.Add(delta);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 1_000, $"{allocated} bytes for 1,000 deltas");
    }
}
