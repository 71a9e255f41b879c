using System.Buffers;

namespace LlmStream.AspNetCore.Tests.Wires;

/// <summary>An output that forgets what was written, so that it does not grow.</summary>
internal sealed class ResettableOutput : IBufferWriter<byte>
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    public void Advance(int count)
    {
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

    public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
}
