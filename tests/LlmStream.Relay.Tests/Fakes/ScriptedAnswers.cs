using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.Relay.Tests.Fakes;

/// <summary>Scripted answers, as the events of OpenAI's format and as the deltas that are read from them.</summary>
internal static class ScriptedAnswers
{
    public const string English = "The sky is blue because air scatters short waves more than long ones. That is all there is to it.";
    public const string Chinese = "天空是蓝色的，因为空气散射短波光 🌤️ 比长波光更多 👨‍👩‍👧 。就是这样！";

    public static readonly string[] Names = ["english", "chinese", "tools", "reasoning"];

    /// <summary>The data of the events of an answer.</summary>
    public static IReadOnlyList<string> Events(string name) => name switch
    {
        "english" => [.. Texts(English, 5), Finish("stop"), Usage(20), "[DONE]"],
        "chinese" => [.. Texts(Chinese, 2), Finish("stop"), Usage(30), "[DONE]"],
        "reasoning" => [.. Pieces("Let me think about scattering first.", 6).Select(Reasoning), .. Texts(English, 9), Finish("stop"), Usage(40), "[DONE]"],
        "tools" =>
        [
            .. Texts("I look it up. ", 5),
            Call(0, "call_a", "weather", ""), .. Pieces("""{"city":"Köln","days":[1,2]}""", 4).Select(part => Call(0, null, null, part)),
            Call(1, "call_b", "time", ""), .. Pieces("""{"zone":"🌍"}""", 3).Select(part => Call(1, null, null, part)),
            Finish("tool_calls"), Usage(15), "[DONE]",
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>The events as the body of a response.</summary>
    public static string Body(IEnumerable<string> events) => string.Concat(events.Select(data => $"data: {data}\n\n"));

    /// <summary>The deltas of an answer, as the reader returns them.</summary>
    public static async Task<List<ChatDelta>> DeltasAsync(string name)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(Body(Events(name))));
        var deltas = new List<ChatDelta>();
        await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(body, ChatDialect.OpenAI)) deltas.Add(delta);
        return deltas;
    }

    public static async Task<ChatStreamResult> ResultAsync(string name) => await ToAsync(await DeltasAsync(name)).CollectAsync();

    public static async IAsyncEnumerable<ChatDelta> ToAsync(IEnumerable<ChatDelta> deltas)
    {
        foreach (ChatDelta delta in deltas)
        {
            await Task.Yield();
            yield return delta;
        }
    }

    /// <summary>Divides a text into pieces that do not divide surrogate pairs.</summary>
    public static IEnumerable<string> Pieces(string text, int length)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = Math.Min(start + length, text.Length);
            if (end < text.Length && char.IsLowSurrogate(text[end])) end++;
            yield return text[start..end];
            start = end;
        }
    }

    public static IEnumerable<string> Texts(string text, int length) =>
        Pieces(text, length).Select((part, i) => i == 0
            ? Chunk(new JsonObject { ["role"] = "assistant", ["content"] = part })
            : Chunk(new JsonObject { ["content"] = part }));

    public static string Finish(string reason) => Chunk([], reason);

    public static string Usage(int tokens) =>
        $$$"""{"id":"chatcmpl-1","model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":{{{tokens}}},"total_tokens":{{{7 + tokens}}}}}""";

    private static string Reasoning(string part) => Chunk(new JsonObject { ["reasoning_content"] = part });

    private static string Call(int index, string? id, string? name, string arguments)
    {
        var function = new JsonObject { ["arguments"] = arguments };
        if (name is not null) function["name"] = name;
        var call = new JsonObject { ["index"] = index, ["function"] = function };
        if (id is not null) call["id"] = id;
        return Chunk(new JsonObject { ["tool_calls"] = new JsonArray(call) });
    }

    private static string Chunk(JsonObject delta, string? finish = null) => new JsonObject
    {
        ["id"] = "chatcmpl-1",
        ["model"] = "m",
        ["created"] = 1764000000,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
    }.ToJsonString();
}
