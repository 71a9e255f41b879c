using System.Runtime.CompilerServices;
using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat.Updates;

public class UpdateEnumerationTests
{
    private static readonly ChatDelta[] Deltas =
    [
        new() { Role = ChatRole.Assistant },
        new() { Text = "Hel" },
        new() { Usage = new UsageDetails { OutputTokenCount = 1 } },
        new() { Text = "lo", TextOffset = 3 },
        new() { FinishReason = ChatFinishReason.Stop },
    ];

    private int _opened;
    private int _closed;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Deltas_that_must_be_waited_for_give_the_same_updates(int waitEvery)
    {
        IAsyncEnumerable<ChatResponseUpdate> updates = ChatResponseUpdates.FromDeltas(ReadAsync(waitEvery));
        for (int i = 1; i <= 2; i++) // each enumeration reads the source
        {
            List<string> seen = [];
            await foreach (ChatResponseUpdate update in updates.WithCancellation(TestContext.Current.CancellationToken))
                seen.Add($"{update.Role}:{update.Text}:{update.FinishReason}:{update.Contents.OfType<UsageContent>().Count()}:{_closed}");
            Assert.Equal([$"assistant:::0:{i - 1}", $":Hel::0:{i - 1}", $":lo::0:{i - 1}", $":::0:{i - 1}", $"::stop:1:{i}"], seen);
            Assert.Equal((i, i), (_opened, _closed));
        }
    }

    [Fact]
    public async Task The_source_is_opened_by_the_first_move_and_closed_by_the_disposal()
    {
        IAsyncEnumerator<ChatResponseUpdate> updates = ChatResponseUpdates.FromDeltas(ReadAsync(0)).GetAsyncEnumerator();
        await updates.DisposeAsync();
        Assert.False(await updates.MoveNextAsync());
        Assert.Equal((0, 0), (_opened, _closed));

        updates = ChatResponseUpdates.FromDeltas(ReadAsync(0)).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal((1, 0), (_opened, _closed));
        await updates.DisposeAsync();
        Assert.Equal((1, 1), (_opened, _closed));
        Assert.False(await updates.MoveNextAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_follows_an_error(bool isOfSource)
    {
        IAsyncEnumerator<ChatResponseUpdate> updates = ChatResponseUpdates.FromDeltas(FailAsync(isOfSource)).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        var error = await Assert.ThrowsAsync<ChatStreamException>(async () => await updates.MoveNextAsync());
        Assert.Equal(isOfSource ? ChatStreamError.Truncated : ChatStreamError.MalformedEvent, error.Error);
        Assert.Equal(1, _closed);
        Assert.False(await updates.MoveNextAsync());
        await updates.DisposeAsync();
        Assert.Equal(1, _closed);
    }

    [Fact]
    public async Task Is_not_disposed_of_during_a_move()
    {
        var gate = new TaskCompletionSource();
        IAsyncEnumerator<ChatResponseUpdate> updates = ChatResponseUpdates.FromDeltas(ReadAfterAsync(gate.Task)).GetAsyncEnumerator();
        ValueTask<bool> move = updates.MoveNextAsync();
        await Assert.ThrowsAsync<NotSupportedException>(async () => await updates.DisposeAsync());
        gate.SetResult();
        Assert.True(await move);
        await updates.DisposeAsync();
    }

    private static async IAsyncEnumerable<ChatDelta> ReadAfterAsync(Task gate)
    {
        await gate;
        yield return Deltas[1];
    }

    private async IAsyncEnumerable<ChatDelta> ReadAsync(int waitEvery, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        _opened++;
        try
        {
            for (int i = 0; i < Deltas.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (waitEvery > 0 && i % waitEvery == 0) await Task.Yield();
                yield return Deltas[i];
            }
        }
        finally
        {
            _closed++;
        }
    }

    private async IAsyncEnumerable<ChatDelta> FailAsync(bool isOfSource)
    {
        try
        {
            yield return Deltas[1];
            await Task.Yield();
            if (isOfSource) throw new ChatStreamException(ChatStreamError.Truncated);
            yield return new ChatDelta { Text = "x" }; // rewrites
        }
        finally
        {
            _closed++;
        }
    }
}
