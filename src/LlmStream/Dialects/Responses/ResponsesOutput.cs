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
    private readonly ResponsesText _text = new(answer, ChoiceText.Text);
    private readonly ResponsesText _refusal = new(answer, ChoiceText.Refusal);
    private readonly ResponsesText _reasoning = new(answer, ChoiceText.Reasoning);

    private bool _hasClientCall; // of a built-in tool that the application runs

    // The names of all tools that the request declared. Null until the response has repeated them.
    private HashSet<string>? _declared;

    public bool HasToolCalls => _hasClientCall || Choice.HasToolCalls;

    private ChoiceBuilder Choice => answer.EditChoice(0);

    /// <summary>Reads from a response which tools the application declared. Calls of any others are run by the provider.</summary>
    public void KnowTools(ReadOnlySpan<byte> tools)
    {
        if (_declared is not null) return;
        var tool = new JsonCursor(tools);
        while (tool.Next())
        {
            string name = "";
            var fields = new JsonCursor(tool.IsObject ? tool.Value : default);
            while (fields.Next())
            {
                if (fields.Is("name"u8)) name = fields.IsString ? fields.Decode() : ""; // the last one counts
            }

            (_declared ??= new HashSet<string>(StringComparer.Ordinal)).Add(name);
        }
    }

    public void AddPiece(in ResponsesEvent e, ResponsesPartKind kind)
    {
        // Some gateways send null here, and shell commands send an object.
        if (!e.Delta.IsText || ItemOf(e, kind) is not { } item) return;
        if (kind == ResponsesPartKind.Arguments) AddArguments(item, e.Delta);
        else TextOf(kind).Append(item.PartOfDelta(kind, e.PartIndex), e.Delta);
    }

    /// <summary>Handles the end of a part, which repeats its content.</summary>
    public void AddWhole(in ResponsesEvent e, ResponsesPartKind kind)
    {
        if (kind == ResponsesPartKind.Arguments)
        {
            if (!e.Whole.IsEmpty && ItemOf(e, kind) is { } call) SetArguments(call, JsonText.DecodeWhole(e.Whole.Raw, e.Whole.IsEscaped));
        }
        else if (e.Whole.IsText && ItemOf(e, kind) is { } item && !IsOtherReasoning(item, kind))
            SetWhole(item, kind, e.PartIndex, ResponsesLevel.Content, JsonText.DecodeWhole(e.Whole.Raw, e.Whole.IsEscaped));
    }

    /// <summary>Handles the end of a field of an item that is passed on unchanged: used if the item does not repeat it.</summary>
    public void SetField(in ResponsesEvent e, string field)
    {
        if (!e.Whole.IsText || _items.Find(ResponsesItemKind.Opaque, e.OutputIndex, e.ItemId) is not { IsDone: false } item) return;
        item.Fields[field] = JsonText.DecodeWhole(e.Whole.Raw, e.Whole.IsEscaped);
    }

    public void BeginItem(in ResponsesEvent e)
    {
        if (e.Item.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(e.Item);
        string type = document.RootElement.Text("type") ?? "";
        ResponsesItem item = _items.Begin(KindOf(document.RootElement, type), e.OutputIndex, ResponsesItems.IdOf(document.RootElement));
        Begin(item, type, document.RootElement);
        if (item is { Kind: ResponsesItemKind.Opaque, IsDone: false }) item.Begun = document.RootElement.Clone();
    }

    /// <summary>Handles the end of an item, which repeats all of it.</summary>
    public void EndItem(in ResponsesEvent e)
    {
        if (e.Item.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(e.Item);
        JsonElement json = document.RootElement;
        string type = json.Text("type") ?? "";
        ResponsesItem item = _items.End(KindOf(json, type), e.OutputIndex, ResponsesItems.IdOf(json), json.Text("call_id"));
        Merge(item, type, json, hasSameText: false);
    }

    /// <summary>Handles the end of a part of a message or a reasoning item, which repeats all of it.</summary>
    public void EndPart(in ResponsesEvent e)
    {
        if (e.Part.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(e.Part);
        if (ResponsesParts.KindOf(document.RootElement) is not { } kind) return;
        // vLLM sends the parts of a reasoning item as output_text.
        if (kind == ResponsesPartKind.Text && _items.Find(ResponsesItemKind.Message, e.OutputIndex, e.ItemId) is null
            && _items.Find(ResponsesItemKind.Reasoning, e.OutputIndex, e.ItemId) is not null)
            kind = ResponsesPartKind.Reasoning;
        if (ItemOf(e, kind) is not { } item || IsOtherReasoning(item, kind)) return;
        ResponsesPart? part = SetWhole(item, kind, e.PartIndex, ResponsesLevel.Part, ResponsesParts.ContentOf(document.RootElement));
        if (kind == ResponsesPartKind.Text) AddAnnotations(part ?? item.PartOfAnnotation(e.PartIndex), document.RootElement);
    }

    public void Annotate(in ResponsesEvent e)
    {
        if (e.Annotation.IsEmpty || ItemOf(e, ResponsesPartKind.Text) is not { } item) return;
        using JsonDocument document = JsonFields.Parse(e.Annotation);
        item.PartOfAnnotation(e.PartIndex).Annotations++;
        Choice.AddContent(ResponsesParts.Citation(document.RootElement), e.Annotation.Length);
    }

    /// <summary>Handles the end of the response, which repeats all items.</summary>
    public void EndAll(ReadOnlySpan<byte> response)
    {
        if (response.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(response);
        List<JsonElement> output = [.. document.RootElement.Items("output").Where(item => item.ValueKind == JsonValueKind.Object)];
        ResponsesItem?[] matched = _items.Match(output);
        // Some servers divide the same text into other items here.
        bool hasSameText = _text.IsWhole(string.Concat(
            output.SelectMany(item => ResponsesParts.ContentsOf(item, ResponsesPartKind.Text))));
        for (int i = 0; i < output.Count; i++)
        {
            string type = output[i].Text("type") ?? "";
            ResponsesItem item = matched[i] ?? _items.Add(KindOf(output[i], type), i, ResponsesItems.IdOf(output[i]));
            bool isNew = !item.IsDone;
            Merge(item, type, output[i], hasSameText);
            if (isNew) answer.EndEvent(); // keeps the order of the items although they come in one event
        }

        foreach (ResponsesItem item in _items.All)
        {
            // The call of a built-in tool whose end did not come.
            if (item.Begun is { } begun) Merge(item, item.Type, begun, hasSameText);
        }

        Complete();
    }

    /// <summary>Makes the replacements that wait for the end of the response.</summary>
    public void Complete()
    {
        _text.Complete();
        _refusal.Complete();
        _reasoning.Complete();
    }

    private ResponsesText TextOf(ResponsesPartKind kind) => kind switch
    {
        ResponsesPartKind.Text => _text,
        ResponsesPartKind.Refusal => _refusal,
        _ => _reasoning,
    };

    private void AddArguments(ResponsesItem item, in JsonSlice arguments)
    {
        item.HasArguments = true;
        Choice.AddToolCall(new ToolCallFragment
        {
            ProviderIndex = item.Number,
            Arguments = arguments.Raw,
            ArgumentsAreEscaped = arguments.IsEscaped,
            ArgumentsStart = arguments.Start,
        });
    }

    private void SetArguments(ResponsesItem item, string arguments)
    {
        if (arguments.Length == 0) return;
        // Creates the call, if nothing of it came.
        if (!item.HasArguments) AddArguments(item, default);
        Choice.ReplaceArguments(item.Number, arguments);
    }

    /// <returns>The part; null if there is no content.</returns>
    private ResponsesPart? SetWhole(ResponsesItem item, ResponsesPartKind kind, int index, ResponsesLevel level, string whole)
    {
        if (whole.Length == 0) return null;
        ResponsesPart part = item.PartOfWhole(kind, index, level);
        part.Level = level;
        TextOf(kind).SetWhole(part, whole);
        return part;
    }

    /// <summary>
    /// Compares the contents of an item, in order, with the parts that came. If these are the same content, only divided in another way,
    /// they are left as they are.
    /// </summary>
    private void SetWholes(ResponsesItem item, ResponsesPartKind kind, List<string> wholes)
    {
        ResponsesText text = TextOf(kind);
        List<ResponsesPart> parts = item.PartsOf(kind).FindAll(part => part.HasContent);
        if (parts.Count != wholes.Count && parts.Count > 0
            && string.Concat(parts.Select(text.ContentOf)) == string.Concat(wholes)) return;
        for (int i = 0; i < wholes.Count; i++)
        {
            ResponsesPart part = i < parts.Count ? parts[i] : item.Add(kind, -1);
            part.Level = ResponsesLevel.Item;
            text.SetWhole(part, wholes[i]);
        }
    }

    private void Begin(ResponsesItem item, string type, JsonElement json)
    {
        item.Type = type;
        item.IsBegun = true;
        item.CallId ??= json.Text("call_id");
        if (item.Kind == ResponsesItemKind.Message && string.Equals(json.Text("role"), ChatRole.Assistant.Value, StringComparison.Ordinal))
            Choice.SetRole(ChatRole.Assistant);
        if (item.Kind != ResponsesItemKind.ToolCall || item.IsNamed) return;
        string? id = json.Name("call_id") ?? (item.HasCome ? json.Name("id") : null);
        string? name = json.Name("name");
        if (id is null && name is null) return;
        item.IsNamed = id is not null && name is not null;
        Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, Id = id, Name = name });
    }

    /// <summary>Compares a complete item with what came of it, and adds or replaces what differs.</summary>
    private void Merge(ResponsesItem item, string type, JsonElement json, bool hasSameText)
    {
        bool isRepeat = item.IsDone;
        Begin(item, type, json);
        switch (item.Kind)
        {
            case ResponsesItemKind.Message:
                if (!hasSameText) SetWholes(item, ResponsesPartKind.Text, ResponsesParts.ContentsOf(json, ResponsesPartKind.Text));
                SetWholes(item, ResponsesPartKind.Refusal, ResponsesParts.ContentsOf(json, ResponsesPartKind.Refusal));
                MergeAnnotations(item, json);
                break;
            case ResponsesItemKind.Reasoning:
                MergeReasoning(item, json);
                if (!isRepeat) Keep(json);
                break;
            case ResponsesItemKind.ToolCall:
                SetArguments(item, ResponsesParts.ArgumentsOf(json));
                bool isComplete = json.Text("status") is null or "completed";
                Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, IsComplete = isComplete });
                if (!isRepeat && type != "function_call") Keep(json);
                break;
            default:
                if (isRepeat) break;
                json = ResponsesParts.Complete(json, item.Fields);
                _hasClientCall |= ResponsesParts.IsClientCall(json);
                Choice.AddContent(ResponsesParts.Opaque(json), json.GetRawText().Length);
                if (ResponsesParts.Image(json) is { } image) Choice.AddContent(image, image.Data.Length);
                break;
        }

        item.IsDone = true;
        item.Begun = null;
    }

    private void MergeAnnotations(ResponsesItem item, JsonElement json)
    {
        List<ResponsesPart> parts = item.PartsOf(ResponsesPartKind.Text);
        int next = 0;
        foreach (JsonElement content in json.Items("content").Where(part => ResponsesParts.KindOf(part) == ResponsesPartKind.Text))
        {
            ResponsesPart part = next < parts.Count ? parts[next++] : item.PartOfAnnotation(-1);
            AddAnnotations(part, content);
        }
    }

    /// <summary>Adds the annotations of a part that have not been received yet.</summary>
    private void AddAnnotations(ResponsesPart part, JsonElement json)
    {
        int count = 0;
        foreach (JsonElement annotation in json.Items("annotations"))
        {
            if (annotation.ValueKind != JsonValueKind.Object || ++count <= part.Annotations) continue;
            part.Annotations = count;
            Choice.AddContent(ResponsesParts.Citation(annotation), annotation.GetRawText().Length);
        }
    }

    /// <summary>
    /// Merges the summary of a reasoning item, or its content if there is no summary. If deltas came, the form in which they came, so
    /// that the reasoning is not repeated in the other form.
    /// </summary>
    private void MergeReasoning(ResponsesItem item, JsonElement json)
    {
        foreach (ResponsesPartKind kind in (ReadOnlySpan<ResponsesPartKind>)[ResponsesPartKind.Summary, ResponsesPartKind.Reasoning])
        {
            if (!IsOtherReasoning(item, kind)) SetWholes(item, kind, ResponsesParts.ContentsOf(json, kind));
        }
    }

    /// <summary>Whether it is a form of reasoning that did not come, while the other form did.</summary>
    private static bool IsOtherReasoning(ResponsesItem item, ResponsesPartKind kind) =>
        kind is ResponsesPartKind.Summary or ResponsesPartKind.Reasoning && !item.HasAny(kind)
        && item.HasAny(kind == ResponsesPartKind.Summary ? ResponsesPartKind.Reasoning : ResponsesPartKind.Summary);

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
        answer.Recorder.ForgetEarlier();
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
