using System.Text;
using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

/// <summary>
/// Reads chunks as <c>useChat</c> does, and fails where it does (the npm package <c>ai</c>, src/ui/process-ui-message-stream.ts).
/// </summary>
internal sealed class UIClient
{
    private readonly List<Part> _parts = [];
    private readonly Dictionary<string, Part> _open = [];

    public string? MessageId { get; private set; }

    public bool HasFinished { get; private set; }

    public string Text => string.Concat(_parts.Where(part => part.Kind == "text").Select(part => part.Text));

    public string Reasoning => string.Concat(_parts.Where(part => part.Kind == "reasoning").Select(part => part.Text));

    public IEnumerable<Part> Tools => _parts.Where(part => part.Kind == "tool");

    public static UIClient Read(string text)
    {
        var client = new UIClient();
        foreach (JsonNode chunk in Encoded.Events(text)) client.Read(chunk);
        Assert.Equal("[DONE]", Encoded.Data(text)[^1]);
        return client;
    }

    private void Read(JsonNode chunk)
    {
        Assert.False(HasFinished);
        string type = (string)chunk["type"]!;
        switch (type)
        {
            case "start":
                MessageId = (string?)chunk["messageId"];
                break;
            case "text-start" or "reasoning-start":
                // Not a rule of the client, but its user would see them out of order.
                Assert.Empty(_open);
                var opened = new Part(type[..^"-start".Length]);
                _open.Add((string)chunk["id"]!, opened);
                _parts.Add(opened);
                break;
            case "text-delta" or "reasoning-delta":
                Assert.True(_open.TryGetValue((string)chunk["id"]!, out Part? open), $"{type} without start");
                Assert.Equal(type[..^"-delta".Length], open.Kind);
                open.Text.Append((string)chunk["delta"]!);
                break;
            case "text-end" or "reasoning-end":
                Assert.True(_open.Remove((string)chunk["id"]!), $"{type} without start");
                break;
            case "tool-input-start":
                Tool(chunk, isNew: true).Text.Clear();
                break;
            case "tool-input-delta":
                Part streaming = Tool(chunk, isNew: false);
                Assert.False(streaming.IsComplete);
                streaming.Text.Append((string)chunk["inputTextDelta"]!);
                break;
            case "tool-input-available" or "tool-input-error":
                Part complete = Tool(chunk, isNew: true);
                Assert.False(complete.IsComplete);
                complete.IsComplete = true;
                complete.Input = chunk["input"];
                complete.HasError = type == "tool-input-error";
                break;
            case "tool-output-available" or "tool-output-error":
                Part tool = Tool(chunk, isNew: false);
                Assert.True(tool.IsComplete);
                tool.HasOutput = true;
                break;
            case "start-step":
                _parts.Add(new Part("step"));
                break;
            case "finish-step":
                Assert.Empty(_open);
                break;
            case "reset-step":
                _open.Clear();
                _parts.RemoveRange(StepStart, _parts.Count - StepStart);
                break;
            case "file" or "source-url" or "source-document":
                _parts.Add(new Part(type));
                break;
            case "finish":
                HasFinished = true;
                break;
            case "data-seam" or "error" or "abort" or "message-metadata":
                break;
            default:
                Assert.Fail($"unknown chunk {type}");
                break;
        }
    }

    private int StepStart => _parts.FindLastIndex(part => part.Kind == "step") + 1;

    private Part Tool(JsonNode chunk, bool isNew)
    {
        string id = (string)chunk["toolCallId"]!;
        Part? known = _parts.Skip(StepStart).FirstOrDefault(part => part.Id == id);
        if (known is not null) return known;
        if (!isNew) return _parts.Last(part => part.Id == id);
        var part = new Part("tool") { Id = id };
        _parts.Add(part);
        return part;
    }

    internal sealed class Part(string kind)
    {
        public string Kind { get; } = kind;

        public string? Id { get; init; }

        public StringBuilder Text { get; } = new();

        public JsonNode? Input { get; set; }

        public bool IsComplete { get; set; }

        public bool HasError { get; set; }

        public bool HasOutput { get; set; }
    }
}
