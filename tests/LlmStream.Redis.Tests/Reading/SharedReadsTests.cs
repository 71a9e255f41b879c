using LlmStream.Redis.Reading;
using LlmStream.Relay;

namespace LlmStream.Redis.Tests.Reading;

public class SharedReadsTests
{
    private readonly SharedReads _reads = new();
    private readonly List<TaskCompletionSource<ChatStreamPage>> _calls = [];

    [Fact]
    public async Task Readers_at_the_same_position_share_a_call()
    {
        Task<(ChatStreamPage Page, bool IsShared)>[] readers = [Read(3), Read(3), Read(3)];
        Assert.Single(_calls);
        _calls[0].SetResult(Page(4));
        (ChatStreamPage Page, bool IsShared)[] results = await Task.WhenAll(readers);
        Assert.All(results, result => Assert.Same(results[0].Page, result.Page));
        Assert.Equal([false, true, true], results.Select(result => result.IsShared));
    }

    [Fact]
    public void Readers_at_other_positions_or_with_other_sizes_do_not()
    {
        _ = Read(3);
        _ = Read(4);
        _ = Read(4, 7);
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public async Task A_call_that_was_made_before_a_message_is_not_shared()
    {
        Task<(ChatStreamPage Page, bool IsShared)> first = Read(3);
        _reads.Signalled();
        Task<(ChatStreamPage Page, bool IsShared)> second = Read(3);
        Assert.Equal(2, _calls.Count);
        _calls[0].SetResult(Page(0));
        _calls[1].SetResult(Page(4));
        Assert.Empty((await first).Page.Records);
        Assert.Single((await second).Page.Records);
    }

    [Fact]
    public async Task A_reader_that_joined_a_call_without_a_result_makes_the_next_one_with_the_others()
    {
        Task<(ChatStreamPage Page, bool IsShared)> first = Read(3), second = Read(3), third = Read(3);
        _calls[0].SetResult(Page(0));
        Assert.Empty((await first).Page.Records);
        while (_calls.Count < 2) await Task.Yield();
        _calls[1].SetResult(Page(0));
        Assert.Empty((await second).Page.Records);
        Assert.Empty((await third).Page.Records);
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public async Task A_call_that_has_ended_is_not_shared()
    {
        Task<(ChatStreamPage Page, bool IsShared)> first = Read(3);
        _calls[0].SetResult(Page(0));
        await first;
        _ = Read(3);
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public async Task A_reader_that_leaves_does_not_cancel_the_call_of_the_others()
    {
        using var leaves = new CancellationTokenSource();
        Task<(ChatStreamPage Page, bool IsShared)> first = Read(3, cancellationToken: leaves.Token), second = Read(3);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _calls[0].SetResult(Page(4));
        Assert.Single((await second).Page.Records);
    }

    private static ChatStreamPage Page(long sequence) => new()
    {
        Records = sequence == 0 ? [] : [new ChatStreamRecord(new ChatStreamPosition("e", sequence), new byte[1])],
    };

    private Task<(ChatStreamPage Page, bool IsShared)> Read(long after, int size = 5, CancellationToken cancellationToken = default) =>
        _reads.ReadAsync(
            new ChatStreamPosition("e", after),
            size,
            () =>
            {
                _calls.Add(new TaskCompletionSource<ChatStreamPage>(TaskCreationOptions.RunContinuationsAsynchronously));
                return _calls[^1].Task;
            },
            cancellationToken).AsTask();
}
