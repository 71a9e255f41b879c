using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects.Responses;

/// <summary>The output items of a response so far.</summary>
/// <remarks>Only the last item can be open: an item starts after the end of the one before it.</remarks>
internal sealed class ResponsesItems(Reply reply)
{
    private readonly List<Item> _items = [];

    private enum ItemKind
    {
        Reasoning,
        Message,
        FunctionCall,
    }

    /// <summary>
    /// Adds a delta, and returns its events: first the end of the open item and the start of a new one, if the delta does not belong to
    /// the open item. The events must be enumerated.
    /// </summary>
    public IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> Add(ReplyDelta delta)
    {
        ItemKind? kind = delta.Kind switch
        {
            ReplyDeltaKind.Reasoning => ItemKind.Reasoning,
            ReplyDeltaKind.Text => ItemKind.Message,
            ReplyDeltaKind.ToolCall or ReplyDeltaKind.ToolArguments => ItemKind.FunctionCall,
            _ => null,
        };
        bool endsItem = delta.Kind is ReplyDeltaKind.Finish or ReplyDeltaKind.ToolCall;
        if (_items is [.., { IsOpen: true } last] && (endsItem || (kind is not null && kind != last.Kind)))
        {
            last.IsOpen = false;
            foreach ((string, Action<Utf8JsonWriter>) end in GetEndEvents(last)) yield return end;
        }

        if (kind is not { } itemKind) yield break;
        if (_items is not [.., { IsOpen: true }])
        {
            var started = new Item(itemKind, _items.Count, delta.ToolCall?.Id ?? "", delta.ToolCall?.Name ?? "", reply.Id);
            _items.Add(started);
            foreach ((string, Action<Utf8JsonWriter>) start in GetStartEvents(started)) yield return start;
        }

        Debug.Assert(_items.SkipLast(1).All(item => !item.IsOpen), "Only the last item can be open.");
        if (delta.Text.Length == 0) yield break;
        Item open = _items[^1];
        if (!reply.IsEndless) open.Text.Append(delta.Text); // an endless answer never repeats its content
        yield return (open.ContentType + ".delta", json => open.WriteContent(json, "delta", delta.Text));
    }

    /// <summary>Writes the items as elements of an array.</summary>
    public void Write(Utf8JsonWriter json)
    {
        foreach (Item item in _items) json.WriteObject(json => item.WriteMembers(json, isDone: true));
    }

    private static IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> GetStartEvents(Item item)
    {
        yield return ("response.output_item.added", json => item.Write(json, isDone: false));
        if (item.PartType is { } part) yield return (part + ".added", json => item.WritePart(json, isDone: false));
    }

    private static IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> GetEndEvents(Item item)
    {
        string field = item.Kind is ItemKind.FunctionCall ? "arguments" : "text";
        yield return (item.ContentType + ".done", json => item.WriteContent(json, field, item.Text.ToString()));
        if (item.PartType is { } part) yield return (part + ".done", json => item.WritePart(json, isDone: true));
        yield return ("response.output_item.done", json => item.Write(json, isDone: true));
    }

    private sealed class Item(ItemKind kind, int index, string callId, string name, string replyId)
    {
        public ItemKind Kind { get; } = kind;

        public bool IsOpen { get; set; } = true;

        public StringBuilder Text { get; } = new();

        /// <summary>The type of the events of its content, without <c>.delta</c> or <c>.done</c>.</summary>
        public string ContentType => Kind switch
        {
            ItemKind.Reasoning => "response.reasoning_summary_text",
            ItemKind.Message => "response.output_text",
            _ => "response.function_call_arguments",
        };

        /// <summary>The type of the events of its part, without <c>.added</c> or <c>.done</c>; null if it has none.</summary>
        public string? PartType => Kind switch
        {
            ItemKind.Reasoning => "response.reasoning_summary_part",
            ItemKind.Message => "response.content_part",
            _ => null,
        };

        private string Id
        {
            get
            {
                string prefix = Kind switch { ItemKind.Reasoning => "rs", ItemKind.Message => "msg", _ => "fc" };
                return string.Create(CultureInfo.InvariantCulture, $"{prefix}_{replyId}_{index}");
            }
        }

        public void WriteContent(Utf8JsonWriter json, string name, string text)
        {
            WriteIndices(json);
            json.WriteText(name, text);
        }

        public void WritePart(Utf8JsonWriter json, bool isDone)
        {
            WriteIndices(json);
            json.WriteObject("part", json => WritePartMembers(json, isDone));
        }

        public void Write(Utf8JsonWriter json, bool isDone)
        {
            json.WriteNumber("output_index", index);
            json.WriteObject("item", json => WriteMembers(json, isDone));
        }

        public void WriteMembers(Utf8JsonWriter json, bool isDone)
        {
            json.WriteString("id", Id);
            string type = Kind switch { ItemKind.Reasoning => "reasoning", ItemKind.Message => "message", _ => "function_call" };
            json.WriteString("type", type);
            json.WriteString("status", isDone ? "completed" : "in_progress");
            if (Kind is ItemKind.FunctionCall)
            {
                json.WriteText("call_id", callId);
                json.WriteText("name", name);
                json.WriteText("arguments", isDone ? Text.ToString() : "");
                return;
            }

            if (Kind is ItemKind.Message) json.WriteString("role", "assistant");
            string parts = Kind is ItemKind.Reasoning ? "summary" : "content";
            if (isDone) json.WriteArrayOfOne(parts, json => WritePartMembers(json, isDone: true));
            else json.WriteEmptyArray(parts);
        }

        private void WriteIndices(Utf8JsonWriter json)
        {
            json.WriteString("item_id", Id);
            json.WriteNumber("output_index", index);
            if (Kind is ItemKind.Reasoning) json.WriteNumber("summary_index", 0);
            if (Kind is ItemKind.Message) json.WriteNumber("content_index", 0);
        }

        private void WritePartMembers(Utf8JsonWriter json, bool isDone)
        {
            json.WriteString("type", Kind is ItemKind.Reasoning ? "summary_text" : "output_text");
            json.WriteText("text", isDone ? Text.ToString() : "");
            if (Kind is ItemKind.Message) json.WriteEmptyArray("annotations");
        }
    }
}
