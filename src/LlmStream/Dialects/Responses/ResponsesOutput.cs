using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Collects the output of a response, item by item, and adds it to the answer.</summary>
internal sealed class ResponsesOutput(AnswerBuilder answer)
{
    /// <summary>The name of the dialect.</summary>
    public const string Dialect = "responses";

    private readonly ResponsesItems _items = new();

    // The names of all tools that the request declared. Null until the response has repeated them.
    private HashSet<string>? _declared;
    private bool _textIsWhole;

    public bool HasToolCalls => Choice.HasToolCalls;

    /// <summary>Whether deltas may be missing because the answer was continued over another connection.</summary>
    public bool MayHaveGaps { get; set; }

    private ChoiceBuilder Choice => answer.EditChoice(0);

    /// <summary>Reads from a response which tools the application declared. Calls of any others are run by the provider.</summary>
    public void KnowTools(ReadOnlySpan<byte> tools)
    {
        if (_declared is not null) return;
        using JsonDocument document = JsonFields.Parse(tools);
        if (document.RootElement.GetArrayLength() == 0) return; // some servers do not repeat the tools
        _declared = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonElement tool in document.RootElement.EnumerateArray()) _declared.Add(tool.Text("name") ?? "");
    }

    public void AddPiece(in ResponsesEvent e, ResponsesPartKind part)
    {
        // Some gateways send null here, and shell commands send an object.
        if (e.Delta.IsText && ItemOf(e, part) is { } item) Add(item, part, e.PartIndex, e.Delta.Raw, e.Delta.IsEscaped);
    }

    /// <summary>Handles the end of a part, which repeats its content. The content is used only if no delta was received.</summary>
    public void AddWhole(in ResponsesEvent e, ResponsesPartKind part)
    {
        bool hasContent = part == ResponsesPartKind.Arguments ? !e.Whole.IsEmpty : e.Whole.IsText;
        if (hasContent && ItemOf(e, part) is { } item && !item.Has(part, e.PartIndex))
            Add(item, part, e.PartIndex, e.Whole.Raw, e.Whole.IsEscaped);
    }

    public void BeginItem(in ResponsesEvent e)
    {
        if (e.Item.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(e.Item);
        string type = document.RootElement.Text("type") ?? "";
        byte[] id = IdOf(document.RootElement);
        ResponsesItemKind kind = KindOf(document.RootElement, type);
        ResponsesItem? item = _items.Find(kind, e.OutputIndex, id);
        if (item is null || !item.Id.AsSpan().SequenceEqual(id) || (item.IsDone && id.Length == 0))
            item = _items.Add(kind, e.OutputIndex, id);
        Begin(item, type, document.RootElement);
    }

    /// <summary>Handles the end of an item, which repeats all of it.</summary>
    public void EndItem(in ResponsesEvent e)
    {
        if (e.Item.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(e.Item);
        string type = document.RootElement.Text("type") ?? "";
        byte[] id = IdOf(document.RootElement);
        ResponsesItemKind kind = KindOf(document.RootElement, type);
        ResponsesItem? item = _items.Find(kind, e.OutputIndex, id);
        if (item is null || (item.IsDone && !item.Id.AsSpan().SequenceEqual(id))) item = _items.Add(kind, e.OutputIndex, id);
        Merge(item, type, document.RootElement);
    }

    /// <summary>Handles the end of a part of a message or a reasoning item, which repeats all of it.</summary>
    public void EndPart(in ResponsesEvent e)
    {
        if (e.Part.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(e.Part);
        if (ResponsesParts.KindOf(document.RootElement) is not { } kind) return;
        // vLLM sends the parts of a reasoning item as output_text. Their content is repeated at the end of the reasoning item.
        bool isReasoning = kind == ResponsesPartKind.Text && _items.Find(ResponsesItemKind.Message, e.OutputIndex, e.ItemId) is null
            && _items.Find(ResponsesItemKind.Reasoning, e.OutputIndex, e.ItemId) is not null;
        if (!isReasoning && ItemOf(e, kind) is { } item) MergePart(item, kind, e.PartIndex, document.RootElement);
    }

    public void Annotate(in ResponsesEvent e)
    {
        if (e.Annotation.IsEmpty || ItemOf(e, ResponsesPartKind.Text) is not { } item) return;
        using JsonDocument document = JsonFields.Parse(e.Annotation);
        item.TakeAnnotation(e.PartIndex, item.AnnotationsOf(e.PartIndex) + 1);
        Choice.AddContent(ResponsesParts.Citation(document.RootElement), e.Annotation.Length);
    }

    /// <summary>Handles the end of the response, which repeats all items. They are used if they are new or something was lost.</summary>
    public void EndAll(ReadOnlySpan<byte> response)
    {
        if (response.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(response);
        if (!document.RootElement.TryGetProperty("output", out JsonElement output) || output.ValueKind != JsonValueKind.Array) return;
        List<JsonElement> items = [.. output.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)];
        Dictionary<(string Type, string Id), ResponsesItem> known = _items.ByName();
        if (MayHaveGaps) FillGaps(items, known);

        // An unknown id may belong to a known item: some gateways generate new ids here. For each item that was received under an id
        // that is not in the response, one item of the same type with an unknown id is regarded as the same item.
        HashSet<(string, string)> names = [.. items.Select(NameOf)];
        var unmatched = _items.All.Where(item => item.HasCome && !names.Contains(item.Name))
            .GroupBy(item => item.Type, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        for (int i = 0; i < items.Count; i++)
        {
            (string type, string id) = NameOf(items[i]);
            ResponsesItem? item = id.Length > 0 ? known.GetValueOrDefault((type, id)) : null;
            if (item is null && unmatched.TryGetValue(type, out int count) && count > 0)
            {
                unmatched[type] = count - 1;
                continue;
            }

            item ??= _items.Add(KindOf(items[i], type), i, IdOf(items[i]));
            bool isNew = !item.IsDone;
            Merge(item, type, items[i]);
            if (isNew) answer.EndEvent(); // keeps the order of the items although they come in one event
        }
    }

    private void Add(ResponsesItem item, ResponsesPartKind part, int index, ReadOnlySpan<byte> raw, bool isEscaped)
    {
        item.Take(part, index);
        switch (part)
        {
            case ResponsesPartKind.Text:
                Choice.AddText(raw, isEscaped);
                break;
            case ResponsesPartKind.Refusal:
                Choice.AddRefusal(raw, isEscaped);
                break;
            case ResponsesPartKind.Arguments:
                Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, Arguments = raw, ArgumentsAreEscaped = isEscaped });
                break;
            default:
                Choice.AddReasoning(raw, isEscaped);
                break;
        }
    }

    private void Begin(ResponsesItem item, string type, JsonElement json)
    {
        item.Type = type;
        if (item.Kind == ResponsesItemKind.Message && string.Equals(json.Text("role"), ChatRole.Assistant.Value, StringComparison.Ordinal))
            Choice.SetRole(ChatRole.Assistant);
        if (item.Kind != ResponsesItemKind.ToolCall || item.IsNamed) return;
        string? id = json.Name("call_id") ?? (item.HasCome ? json.Name("id") : null);
        string? name = json.Name("name");
        if (id is null && name is null) return;
        item.IsNamed = id is not null && name is not null;
        Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, Id = id, Name = name });
    }

    /// <summary>Adds the content of a complete item that has not been received yet.</summary>
    private void Merge(ResponsesItem item, string type, JsonElement json)
    {
        bool isRepeat = item.IsDone;
        Begin(item, type, json);
        switch (item.Kind)
        {
            case ResponsesItemKind.Message:
                int index = 0;
                foreach (JsonElement part in json.Items("content"))
                {
                    if (ResponsesParts.KindOf(part) is { } kind) MergePart(item, kind, index, part);
                    index++;
                }

                break;
            case ResponsesItemKind.Reasoning:
                MergeReasoning(item, json);
                if (!isRepeat) Keep(json);
                break;
            case ResponsesItemKind.ToolCall:
                MergeCall(item, type, json);
                if (!isRepeat && type != "function_call") Keep(json);
                break;
            default:
                if (isRepeat) break;
                Keep(json);
                if (ResponsesParts.Image(json) is { } image) Choice.AddContent(image, image.Data.Length);
                break;
        }

        item.IsDone = true;
    }

    private void MergePart(ResponsesItem item, ResponsesPartKind kind, int index, JsonElement part)
    {
        if (item.Kind == ResponsesItemKind.Reasoning
            && (item.HasAny(ResponsesPartKind.Summary) || item.HasAny(ResponsesPartKind.Reasoning))
            && !item.Has(kind, index))
            return;
        byte[] text = part.Bytes(kind == ResponsesPartKind.Refusal ? "refusal" : "text");
        if (text.Length > 0 && !_textIsWhole && !item.Has(kind, index)) Add(item, kind, index, text, isEscaped: false);
        int count = 0;
        foreach (JsonElement annotation in part.Items("annotations"))
        {
            if (annotation.ValueKind == JsonValueKind.Object && item.TakeAnnotation(index, ++count))
                Choice.AddContent(ResponsesParts.Citation(annotation), annotation.GetRawText().Length);
        }
    }

    /// <summary>
    /// Adds the summary of a reasoning item, or its content if there is no summary. Adds nothing if deltas of either were received, so
    /// that the reasoning is not repeated in the other form.
    /// </summary>
    private void MergeReasoning(ResponsesItem item, JsonElement json)
    {
        if (_textIsWhole || item.HasAny(ResponsesPartKind.Summary) || item.HasAny(ResponsesPartKind.Reasoning)) return;
        foreach (string list in (ReadOnlySpan<string>)["summary", "content"])
        {
            ResponsesPartKind kind = list == "summary" ? ResponsesPartKind.Summary : ResponsesPartKind.Reasoning;
            int index = 0;
            foreach (JsonElement part in json.Items(list))
            {
                byte[] text = part.Bytes("text");
                if (text.Length > 0) Add(item, kind, index, text, isEscaped: false);
                index++;
            }

            if (item.HasAny(ResponsesPartKind.Summary)) return;
        }
    }

    private void MergeCall(ResponsesItem item, string type, JsonElement json)
    {
        byte[] arguments = json.BytesOrRaw(type == "function_call" ? "arguments" : "input");
        if (arguments.Length > 0 && !item.HasAny(ResponsesPartKind.Arguments))
            Add(item, ResponsesPartKind.Arguments, -1, arguments, isEscaped: false);
        Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, IsComplete = json.Text("status") is null or "completed" });
    }

    /// <summary>Adds the rest of the texts and arguments in the complete response if they begin with what has been received.</summary>
    private void FillGaps(List<JsonElement> items, Dictionary<(string Type, string Id), ResponsesItem> known)
    {
        var text = new StringBuilder();
        var refusal = new StringBuilder();
        foreach (JsonElement part in items.Where(item => item.Text("type") is "message").SelectMany(item => item.Items("content")))
        {
            text.Append(part.Text("text"));
            refusal.Append(part.Text("refusal"));
        }

        Choice.ExtendTexts(text.ToString(), refusal.ToString(), ReasoningOf(items));
        foreach (JsonElement item in items)
        {
            (string Type, string Id) name = NameOf(item);
            if (known.GetValueOrDefault(name) is { Kind: ResponsesItemKind.ToolCall } call && call.HasAny(ResponsesPartKind.Arguments))
                Choice.ExtendArguments(call.Number, item.Text(name.Type == "function_call" ? "arguments" : "input") ?? "");
        }

        _textIsWhole = true;
    }

    private string ReasoningOf(List<JsonElement> items)
    {
        bool isSummary = _items.All.Any(item => item.HasAny(ResponsesPartKind.Summary));
        return string.Concat(items.Where(item => item.Text("type") is "reasoning")
            .SelectMany(item => item.Items(isSummary ? "summary" : "content"))
            .Select(part => part.Text("text")));
    }

    /// <summary>The id of an item, which Bedrock sends as <c>item_id</c> in a complete item.</summary>
    private static byte[] IdOf(JsonElement item) => item.Bytes("id") is { Length: > 0 } id ? id : item.Bytes("item_id");

    private static (string Type, string Id) NameOf(JsonElement item) =>
        (item.Text("type") ?? "", item.Text("id") ?? item.Text("item_id") ?? "");

    private void Keep(JsonElement json) => Choice.AddContent(ProviderContent.Create(Dialect, json.Clone()), json.GetRawText().Length);

    private ResponsesItem? ItemOf(in ResponsesEvent e, ResponsesPartKind part)
    {
        ResponsesItemKind kind = part switch
        {
            ResponsesPartKind.Text or ResponsesPartKind.Refusal => ResponsesItemKind.Message,
            ResponsesPartKind.Arguments => ResponsesItemKind.ToolCall,
            _ => ResponsesItemKind.Reasoning,
        };
        if (_items.Find(kind, e.OutputIndex, e.ItemId) is { } item) return item;
        // The input of a tool that the provider runs.
        if (kind == ResponsesItemKind.ToolCall && _items.Find(ResponsesItemKind.Opaque, e.OutputIndex, e.ItemId) is not null) return null;
        return _items.Add(kind, e.OutputIndex, e.ItemId);
    }

    private ResponsesItemKind KindOf(JsonElement item, string type) => type switch
    {
        "message" => ResponsesItemKind.Message,
        "reasoning" => ResponsesItemKind.Reasoning,
        "function_call" => ResponsesItemKind.ToolCall,
        // xAI sends the calls of its own search tool with this type.
        "custom_tool_call" when _declared is null || _declared.Contains(item.Text("name") ?? "") => ResponsesItemKind.ToolCall,
        _ => ResponsesItemKind.Opaque,
    };
}
