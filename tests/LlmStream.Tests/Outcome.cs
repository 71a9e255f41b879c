using System.Text;

namespace LlmStream.Tests;

/// <summary>The result of reading a stream: the deltas, and how it ended. What holds for every stream is asserted each time.</summary>
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

    /// <summary>The collected answer; the partial answer if reading failed.</summary>
    public ChatStreamResult Result { get; }

    public string Ending => Exception?.Error.ToString() ?? "Complete";

    public static Task<Outcome> ReadAsync(byte[] bytes, ChatDialect dialect, ChatReadOptions? options = null) =>
        ReadAsync(new ScriptedStream(bytes), dialect, options);

    public static Task<Outcome> ReadAsync(string text, ChatDialect dialect, ChatReadOptions? options = null) =>
        ReadAsync(Encoding.UTF8.GetBytes(text), dialect, options);

    /// <summary>
    /// Reads to the end. Any exception other than the library's own fails the test. A stream that can be read again is read without
    /// templates too, which must make no difference.
    /// </summary>
    public static async Task<Outcome> ReadAsync(Stream stream, ChatDialect dialect, ChatReadOptions? options = null)
    {
        ScriptedStream? again = (stream as ScriptedStream)?.Again();
        Outcome outcome = await ReadOnceAsync(stream, dialect, options);
        if (again is not null) AssertSame(await ReadOnceAsync(again, dialect, WithoutFastPath(options ?? new ChatReadOptions())), outcome);
        return outcome;
    }

    /// <summary>The same options, with every event decoded in full.</summary>
    public static ChatReadOptions WithoutFastPath(ChatReadOptions options) => new()
    {
        TextMode = options.TextMode,
        MaxEventBytes = options.MaxEventBytes,
        MaxAnswerCharacters = options.MaxAnswerCharacters,
        MaxToolArgumentCharacters = options.MaxToolArgumentCharacters,
        MaxErrorBodyBytes = options.MaxErrorBodyBytes,
        KeepRaw = options.KeepRaw,
        UseFastPath = false,
    };

    private static void AssertSame(Outcome full, Outcome fast)
    {
        Assert.Equal(Show.Deltas(full.Deltas), Show.Deltas(fast.Deltas));
        Assert.Equal(full.Ending, fast.Ending);
        Assert.Equal(Show.Answer(full.Result), Show.Answer(fast.Result));
        Assert.Equal(full.Result.Stream, fast.Result.Stream);
        if (full.Exception is not { } expected || fast.Exception is not { } actual) return;
        Assert.Equal(expected.Message, actual.Message);
        Assert.Equal(
            (expected.IsTransient, expected.StatusCode, expected.ProviderCode, expected.ProviderMessage, expected.RequestId),
            (actual.IsTransient, actual.StatusCode, actual.ProviderCode, actual.ProviderMessage, actual.RequestId));
    }

    private static async Task<Outcome> ReadOnceAsync(Stream stream, ChatDialect dialect, ChatReadOptions? options)
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

        // The deltas that were delivered add up to the partial answer.
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
