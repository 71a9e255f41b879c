using System.Text;

namespace LlmStream.Tests;

/// <summary>What came out of one reading: the deltas, and how it ended. Every reading is checked for what holds of all.</summary>
internal sealed class Outcome
{
    private Outcome(List<ChatDelta> deltas, ChatStreamException? exception, ChatStreamResult result)
    {
        Deltas = deltas;
        Exception = exception;
        Result = result;
    }

    public List<ChatDelta> Deltas { get; }

    public ChatStreamException? Exception { get; }

    /// <summary>The collected answer, or, where the reading failed, what had arrived.</summary>
    public ChatStreamResult Result { get; }

    public string Ending => Exception?.Error.ToString() ?? "Complete";

    public static Task<Outcome> ReadAsync(byte[] bytes, ChatDialect dialect, ChatReadOptions? options = null) =>
        ReadAsync(new ScriptedStream(bytes), dialect, options);

    public static Task<Outcome> ReadAsync(string text, ChatDialect dialect, ChatReadOptions? options = null) =>
        ReadAsync(Encoding.UTF8.GetBytes(text), dialect, options);

    /// <summary>Reads to the end. Any exception but the library's own fails the test that asked.</summary>
    public static async Task<Outcome> ReadAsync(Stream stream, ChatDialect dialect, ChatReadOptions? options = null)
    {
        List<ChatDelta> deltas = [];
        ChatStreamException? exception = null;
        try
        {
            await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(stream, dialect, options)) deltas.Add(delta);
        }
        catch (ChatStreamException e)
        {
            exception = e;
        }

        ChatStreamResult collected = await Feed(deltas).CollectAsync();
        if (exception is null) return new Outcome(deltas, null, collected);

        // Nothing lost, nothing invented: what was delivered adds up to what the exception says had arrived.
        Assert.False(exception.Partial.IsComplete);
        Assert.Equal(Show.Answer(exception.Partial), Show.Answer(collected));
        return new Outcome(deltas, exception, exception.Partial);
    }

    public static async IAsyncEnumerable<ChatDelta> Feed(IEnumerable<ChatDelta> deltas)
    {
        await Task.CompletedTask;
        foreach (ChatDelta delta in deltas) yield return delta;
    }
}
