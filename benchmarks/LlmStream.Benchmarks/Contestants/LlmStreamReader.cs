using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Contestants;

internal sealed class LlmStreamReader : Contestant
{
    private static readonly ChatReadOptions Cumulative = new() { TextMode = ChatTextMode.Cumulative };

    public override string Name => "LlmStream";

    /// <summary>The dialect of that name, or null as long as there is none.</summary>
    public static ChatDialect? Dialect(string name) => ChatDialect.All.FirstOrDefault(dialect => dialect.Name == name);

    public override bool Reads(KnownStream stream) => Dialect(stream.Dialect) is not null;

    protected override async Task ReadAsync(KnownStream stream, Stream body, Tally tally)
    {
        ChatReadOptions? options = stream.TextMode == ChatTextMode.Cumulative ? Cumulative : null;
        await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(body, Dialect(stream.Dialect)!, options))
        {
            tally.AddText(delta.Text);
            tally.AddReasoning(delta.Reasoning);
        }
    }
}
