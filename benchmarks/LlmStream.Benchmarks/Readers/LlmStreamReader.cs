using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>LlmStream's <see cref="ChatStreamReader"/>.</summary>
internal sealed class LlmStreamReader : Reader
{
    private static readonly ChatReadOptions Cumulative = new() { TextMode = ChatTextMode.Cumulative };

    public override string Name => "LlmStream";

    public override bool CanRead(SampleStream stream) => FindDialect(stream.Dialect) is not null;

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        ChatReadOptions? options = stream.TextMode == ChatTextMode.Cumulative ? Cumulative : null;
        await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(body, FindDialect(stream.Dialect)!, options))
        {
            totals.AddText(delta.Text);
            totals.AddReasoning(delta.Reasoning);
            foreach (ToolCallDelta call in delta.ToolCalls) totals.AddArguments(call.Arguments);
        }
    }

    private static ChatDialect? FindDialect(string name) => ChatDialect.All.FirstOrDefault(dialect => dialect.Name == name);
}
