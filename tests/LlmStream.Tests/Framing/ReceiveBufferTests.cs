using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public class ReceiveBufferTests
{
#if DEBUG
    private const int FirstSize = 16;
#else
    private const int FirstSize = 512;
#endif

    [Fact]
    public void Bytes_come_out_as_they_came_in()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            using var buffer = new ReceiveBuffer();
            var expected = new Queue<byte>();
            for (int step = 0; step < 200; step++)
            {
                Memory<byte> room = buffer.GetRoom();
                Assert.False(room.IsEmpty);
                int count = random.Next(Math.Min(room.Length, random.Next(1, 3_000)) + 1);
                random.NextBytes(room.Span[..count]);
                foreach (byte b in room.Span[..count]) expected.Enqueue(b);
                buffer.Commit(count);
                Assert.True(buffer.Unread.SequenceEqual(expected.ToArray()));
                Assert.True(buffer.Unread == buffer.At(buffer.Position, buffer.Unread.Length));

                int consumed = random.Next(3) == 0 ? random.Next(buffer.Unread.Length + 1) : buffer.Unread.Length;
                buffer.Consume(consumed);
                for (int i = 0; i < consumed; i++) expected.Dequeue();
            }
        }
    }

    [Fact]
    public void Consumed_bytes_stay_in_place_until_more_are_received()
    {
        using var buffer = new ReceiveBuffer();
        Fill(buffer, [1, 2, 3, 4]);
        int position = buffer.Position;
        buffer.Consume(3);
        Assert.Equal([1, 2, 3], buffer.At(position, 3).ToArray());
        Assert.Equal([4], buffer.Unread.ToArray());
    }

    [Fact]
    public void An_idle_stream_holds_little()
    {
        using var buffer = new ReceiveBuffer();
        Assert.InRange(buffer.GetRoom().Length, FirstSize, FirstSize);
        for (int i = 0; i < 1_000; i++)
        {
            Fill(buffer, new byte[FirstSize / 3]);
            buffer.Consume(buffer.Unread.Length);
        }

        Assert.InRange(buffer.GetRoom().Length, FirstSize, FirstSize);
    }

    [Fact]
    public void It_grows_while_reads_fill_it_but_not_for_ever()
    {
        using var buffer = new ReceiveBuffer();
        int last = 0;
        for (int i = 0; i < 20; i++)
        {
            Memory<byte> room = buffer.GetRoom();
            Assert.InRange(room.Length, last, 16 * 1024);
            last = room.Length;
            buffer.Commit(room.Length);
            buffer.Consume(room.Length);
        }

        Assert.Equal(16 * 1024, last);
    }

    [Fact]
    public void It_shrinks_when_reads_fill_little_of_it()
    {
        using var buffer = new ReceiveBuffer();
        for (int i = 0; i < 20; i++)
        {
            int room = buffer.GetRoom().Length;
            buffer.Commit(room);
            buffer.Consume(room);
        }

        int reads = 0;
        for (; buffer.GetRoom().Length > FirstSize; reads++)
        {
            buffer.Commit(FirstSize / 8);
            buffer.Consume(FirstSize / 8);
        }

        Assert.InRange(reads, 2, 15); // not all at once
    }

    [Fact]
    public void A_stream_that_delivers_everything_at_once_is_read_in_few_reads()
    {
        using var buffer = new ReceiveBuffer();
        int reads = 0;
        for (int rest = 20 * FirstSize; rest > 0; reads++)
        {
            int count = Math.Min(rest, buffer.GetRoom().Length);
            buffer.Commit(count);
            buffer.Consume(count);
            rest -= count;
        }

        Assert.Equal(4, reads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(FirstSize - 1)]
    [InlineData(FirstSize + 1)]
    [InlineData(5 * FirstSize)]
    public void It_keeps_its_size_if_each_read_returns_one_event(int length)
    {
        using var buffer = new ReceiveBuffer();
        int size = 0;
        for (int i = 0; i < 100; i++)
        {
            int reads = 0;
            for (int rest = length; rest > 0; reads++)
            {
                Memory<byte> room = buffer.GetRoom();
                if (i > 20) Assert.Equal(size, room.Length);
                size = room.Length;
                int count = Math.Min(rest, room.Length);
                buffer.Commit(count);
                buffer.Consume(count);
                rest -= count;
            }

            if (i > 20) Assert.Equal(1, reads);
        }
    }

    [Fact]
    public void After_a_large_frame_it_shrinks()
    {
        using var buffer = new ReceiveBuffer();
        Fill(buffer, new byte[1_000_000]);
        buffer.Consume(1_000_000);
        Assert.InRange(buffer.GetRoom().Length, 1, 64 * 1024);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1_460)]
    public void Unread_bytes_are_seldom_moved(int readSize)
    {
        // One frame after the other, each as large as many reads: where they are tells when they were moved.
        using var buffer = new ReceiveBuffer();
        long moved = 0, received = 0;
        for (int i = 0; i < 400_000 / readSize; i++)
        {
            int position = buffer.Position, unread = buffer.Unread.Length;
            Memory<byte> room = buffer.GetRoom();
            if (buffer.Position != position) moved += unread;
            int count = Math.Min(readSize, room.Length);
            buffer.Commit(count);
            received += count;
            if (buffer.Unread.Length > 700) buffer.Consume(buffer.Unread.Length - 5);
        }

        Assert.InRange(moved, 0, received + FirstSize);
    }

    [Fact]
    public void It_can_be_disposed_twice()
    {
        var buffer = new ReceiveBuffer();
        Fill(buffer, [1, 2]);
        buffer.Dispose();
        buffer.Dispose();
        Assert.True(buffer.Unread.IsEmpty);
    }

    private static void Fill(ReceiveBuffer buffer, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length;)
        {
            Memory<byte> room = buffer.GetRoom();
            int count = Math.Min(room.Length, bytes.Length - i);
            bytes.AsSpan(i, count).CopyTo(room.Span);
            buffer.Commit(count);
            i += count;
        }
    }
}
