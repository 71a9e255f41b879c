using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmStream.Dialects.Responses;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>The items of an answer in the format of Responses, as far as they have been written.</summary>
internal sealed class ResponsesItems(Reply reply)
{
    private readonly List<Item> _items = [];

    /// <summary>The events by which one step is said: where it begins another item, the ends of the item before, and the new one's beginnings.</summary>
    public IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> Take(ReplyStep step)
    {
        Kind? kind = step.Kind switch
        {
            ReplyStepKind.Reasoning => Kind.Reasoning,
            ReplyStepKind.Text => Kind.Message,
            ReplyStepKind.ToolCall or ReplyStepKind.ToolArguments => Kind.Call,
            _ => null,
        };
        bool isOver = step.Kind is ReplyStepKind.Finish or ReplyStepKind.ToolCall;
        if (_items is [.., { IsOpen: true } last] && (isOver || (kind is { } next && next != last.Kind)))
        {
            last.IsOpen = false;
            foreach ((string, Action<Utf8JsonWriter>) end in Ends(last)) yield return end;
        }

        if (kind is not { } wanted) yield break;
        if (_items is not [.., { IsOpen: true }])
        {
            var begun = new Item(wanted, _items.Count, step.Tool?.Id ?? "", step.Tool?.Name ?? "", reply.Id);
            _items.Add(begun);
            foreach ((string, Action<Utf8JsonWriter>) beginning in Beginnings(begun)) yield return beginning;
        }

        if (step.Piece.Length == 0) yield break;
        Item item = _items[^1];
        if (!reply.IsEndless) item.Text.Append(step.Piece);
        yield return (item.PieceType + ".delta", json => item.WritePiece(json, "delta", step.Piece));
    }

    public void WriteAll(Utf8JsonWriter json)
    {
        foreach (Item item in _items)
        {
            json.WriteStartObject();
            item.Write(json, isDone: true);
            json.WriteEndObject();
        }
    }

    private static IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> Beginnings(Item item)
    {
        yield return ("response.output_item.added", json => item.WriteWhole(json, isDone: false));
        if (item.PartType is { } part) yield return (part + ".added", json => item.WritePart(json, isDone: false));
    }

    private static IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> Ends(Item item)
    {
        yield return (item.PieceType + ".done", json => item.WritePiece(json, item.Kind is Kind.Call ? "arguments" : "text", item.Text.ToString()));
        if (item.PartType is { } part) yield return (part + ".done", json => item.WritePart(json, isDone: true));
        yield return ("response.output_item.done", json => item.WriteWhole(json, isDone: true));
    }

    private enum Kind
    {
        Reasoning,
        Message,
        Call,
    }

    private sealed class Item(Kind kind, int index, string callId, string name, string replyId)
    {
        public Kind Kind { get; } = kind;

        public bool IsOpen { get; set; } = true;

        public StringBuilder Text { get; } = new();

        public string PieceType => Kind switch
        {
            Kind.Reasoning => "response.reasoning_summary_text",
            Kind.Message => "response.output_text",
            _ => "response.function_call_arguments",
        };

        public string? PartType => Kind switch
        {
            Kind.Reasoning => "response.reasoning_summary_part",
            Kind.Message => "response.content_part",
            _ => null,
        };

        private string Id => string.Create(CultureInfo.InvariantCulture, $"{(Kind is Kind.Reasoning ? "rs" : Kind is Kind.Message ? "msg" : "fc")}_{replyId}_{index}");

        public void WritePiece(Utf8JsonWriter json, string name, string text)
        {
            WritePlace(json);
            json.Text(name, text);
        }

        private void WritePlace(Utf8JsonWriter json)
        {
            json.WriteString("item_id", Id);
            json.WriteNumber("output_index", index);
            if (Kind is Kind.Reasoning) json.WriteNumber("summary_index", 0);
            if (Kind is Kind.Message) json.WriteNumber("content_index", 0);
        }

        public void WritePart(Utf8JsonWriter json, bool isDone)
        {
            WritePlace(json);
            json.Object("part", json => WriteText(json, isDone));
        }

        public void WriteWhole(Utf8JsonWriter json, bool isDone)
        {
            json.WriteNumber("output_index", index);
            json.Object("item", json => Write(json, isDone));
        }

        public void Write(Utf8JsonWriter json, bool isDone)
        {
            json.WriteString("id", Id);
            json.WriteString("type", Kind switch { Kind.Reasoning => "reasoning", Kind.Message => "message", _ => "function_call" });
            json.WriteString("status", isDone ? "completed" : "in_progress");
            if (Kind is Kind.Call)
            {
                json.Text("call_id", callId);
                json.Text("name", name);
                json.Text("arguments", isDone ? Text.ToString() : "");
                return;
            }

            if (Kind is Kind.Message) json.WriteString("role", "assistant");
            string list = Kind is Kind.Reasoning ? "summary" : "content";
            if (isDone)
            {
                json.ArrayOfOne(list, json => WriteText(json, isDone: true));
                return;
            }

            json.WriteStartArray(list);
            json.WriteEndArray();
        }

        private void WriteText(Utf8JsonWriter json, bool isDone)
        {
            json.WriteString("type", Kind is Kind.Reasoning ? "summary_text" : "output_text");
            json.Text("text", isDone ? Text.ToString() : "");
            if (Kind is Kind.Reasoning) return;
            json.WriteStartArray("annotations");
            json.WriteEndArray();
        }
    }
}
