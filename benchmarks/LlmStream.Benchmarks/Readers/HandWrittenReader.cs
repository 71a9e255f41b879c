using System.Text.Json;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>The usual hand-written loop: read a line, parse it with <see cref="JsonDocument"/>, take the text.</summary>
internal sealed class HandWrittenReader : Reader
{
    private const string DataField = "data:";

    public override string Name => "hand-written";

    public override bool CanRead(SampleStream stream) => stream.TextMode != ChatTextMode.Cumulative;

    public static async Task ReadAsync(TextReader reader, string dialect, ReadTotals totals, Action? textReceived = null)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(DataField, StringComparison.Ordinal)) continue;
            string data = line[DataField.Length..].Trim();
            if (data == "[DONE]") break;
            using JsonDocument chunk = JsonDocument.Parse(data);
            long before = totals.Text.Length;
            Add(chunk.RootElement, dialect, totals);
            if (totals.Text.Length > before) textReceived?.Invoke();
        }
    }

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        using var reader = new StreamReader(body);
        await ReadAsync(reader, stream.Dialect, totals);
    }

    private static void Add(JsonElement chunk, string dialect, ReadTotals totals)
    {
        switch (dialect)
        {
            case "anthropic":
                if (chunk.TryGetProperty("delta", out JsonElement block) && block.TryGetProperty("text", out JsonElement text))
                    totals.AddText(text.GetString());
                break;
            case "dashscope":
                JsonElement message = chunk.GetProperty("output").GetProperty("choices")[0].GetProperty("message");
                totals.AddText(message.GetProperty("content").GetString());
                break;
            default:
                foreach (JsonElement choice in chunk.GetProperty("choices").EnumerateArray())
                {
                    if (!choice.TryGetProperty("delta", out JsonElement delta)) continue;
                    if (delta.TryGetProperty("content", out JsonElement content)) totals.AddText(content.GetString());
                    if (delta.TryGetProperty("reasoning_content", out JsonElement reasoning)) totals.AddReasoning(reasoning.GetString());
                }

                break;
        }
    }
}
