using System.Text.Json;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Contestants;

/// <summary>The loop that everyone writes first: a line, a <see cref="JsonDocument"/>, the text.</summary>
internal sealed class HandWritten : Contestant
{
    private const string Data = "data:";

    public override string Name => "by hand";

    public override bool Reads(KnownStream stream) => stream.TextMode != ChatTextMode.Cumulative;

    public static async Task ReadAsync(TextReader reader, string dialect, Tally tally, Action? received = null)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(Data, StringComparison.Ordinal)) continue;
            string data = line[Data.Length..].Trim();
            if (data == "[DONE]") break;
            using JsonDocument chunk = JsonDocument.Parse(data);
            long before = tally.Text.Length;
            Add(chunk.RootElement, dialect, tally);
            if (tally.Text.Length > before) received?.Invoke();
        }
    }

    protected override async Task ReadAsync(KnownStream stream, Stream body, Tally tally)
    {
        using var reader = new StreamReader(body);
        await ReadAsync(reader, stream.Dialect, tally);
    }

    private static void Add(JsonElement chunk, string dialect, Tally tally)
    {
        switch (dialect)
        {
            case "anthropic":
                if (chunk.TryGetProperty("delta", out JsonElement block) && block.TryGetProperty("text", out JsonElement text)) tally.AddText(text.GetString());
                break;
            case "dashscope":
                tally.AddText(chunk.GetProperty("output").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
                break;
            default:
                foreach (JsonElement choice in chunk.GetProperty("choices").EnumerateArray())
                {
                    if (!choice.TryGetProperty("delta", out JsonElement delta)) continue;
                    if (delta.TryGetProperty("content", out JsonElement content)) tally.AddText(content.GetString());
                    if (delta.TryGetProperty("reasoning_content", out JsonElement reasoning)) tally.AddReasoning(reasoning.GetString());
                }

                break;
        }
    }
}
