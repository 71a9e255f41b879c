using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <content>
/// What is done with complete parts and items. Nearly always they repeat what came, which is found out without a copy.
/// </content>
internal sealed partial class ResponsesOutput
{
    /// <returns>The part; null if there is no content.</returns>
    private ResponsesPart? SetWhole(ResponsesItem item, ResponsesPartKind kind, int index, ResponsesLevel level, in JsonSlice whole)
    {
        if (whole.IsEmpty) return null;
        ResponsesPart part = item.PartOfWhole(kind, index, level);
        part.Level = level;
        TextOf(kind).SetWhole(part, whole);
        return part;
    }

    /// <summary>
    /// Compares the contents of an item, in order, with the parts that came. If these are the same content, only divided in another way,
    /// they are left as they are.
    /// </summary>
    private void SetWholes(ResponsesItem item, ResponsesPartKind kind, in ResponsesItemFields fields)
    {
        ResponsesItemFields.PartReader wholes = fields.PartsOf(kind);
        if (!wholes.NextWithContent() || IsDividedOtherwise(item, kind, fields)) return;
        ResponsesText text = TextOf(kind);
        int position = 0, end = item.PartCount;
        do
        {
            ResponsesPart part = NextWithContent(item, kind, ref position, end) ?? item.Add(kind, -1);
            part.Level = ResponsesLevel.Item;
            text.SetWhole(part, wholes.Current.Content);
        }
        while (wholes.NextWithContent());
    }

    private bool IsDividedOtherwise(ResponsesItem item, ResponsesPartKind kind, in ResponsesItemFields fields)
    {
        int difference = 0, position = 0;
        for (ResponsesItemFields.PartReader wholes = fields.PartsOf(kind); wholes.NextWithContent();) difference++;
        while (NextWithContent(item, kind, ref position, item.PartCount) is not null) difference--;
        if (difference == 0) return false;
        string known = string.Concat(item.PartsOf(kind).Where(part => part.HasContent).Select(TextOf(kind).ContentOf));
        var whole = new StringBuilder();
        for (ResponsesItemFields.PartReader wholes = fields.PartsOf(kind); wholes.NextWithContent();)
            whole.Append(wholes.Current.Content.Decode());
        return known.Length > 0 && whole.Equals(known);
    }

    private static ResponsesPart? NextWithContent(ResponsesItem item, ResponsesPartKind kind, ref int position, int end)
    {
        while (item.NextPart(kind, ref position, end) is { } part)
        {
            if (part.HasContent) return part;
        }

        return null;
    }

    private void Begin(ResponsesItem item, in ResponsesItemFields fields)
    {
        item.Type = fields.Type;
        item.IsBegun = true;
        if (item.CallId is null && fields.CallId.IsText) item.CallId = fields.CallId.Decode();
        if (item.Kind == ResponsesItemKind.Message && fields.Role.Is("assistant"u8)) Choice.SetRole(ChatRole.Assistant);
        if (item.Kind != ResponsesItemKind.ToolCall || item.IsNamed) return;
        JsonSlice statedId = fields.CallId.IsName || !item.HasCome ? fields.CallId : fields.OwnId;
        string? id = statedId.IsName ? statedId.Decode() : null;
        string? name = fields.Name.IsName ? fields.Name.Decode() : null;
        if (id is null && name is null) return;
        item.IsNamed = id is not null && name is not null;
        Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, Id = id, Name = name });
    }

    /// <summary>Compares a complete item with what came of it, and adds or replaces what differs.</summary>
    private void Merge(ResponsesItem item, in ResponsesItemFields fields, bool hasSameText)
    {
        bool isRepeat = item.IsDone;
        Begin(item, fields);
        switch (item.Kind)
        {
            case ResponsesItemKind.Message:
                if (!hasSameText) SetWholes(item, ResponsesPartKind.Text, fields);
                SetWholes(item, ResponsesPartKind.Refusal, fields);
                MergeAnnotations(item, fields);
                break;
            case ResponsesItemKind.Reasoning:
                MergeReasoning(item, fields);
                if (!isRepeat) Keep(fields.Json);
                break;
            case ResponsesItemKind.ToolCall:
                SetArguments(item, fields.Arguments);
                Choice.AddToolCall(new ToolCallFragment { ProviderIndex = item.Number, IsComplete = fields.IsComplete });
                if (!isRepeat && fields.Type != "function_call") Keep(fields.Json);
                break;
            default:
                if (!isRepeat) AddOpaque(item, JsonText.ParseElement(fields.Json));
                break;
        }

        item.IsDone = true;
        item.Begun = null;
    }

    private void AddOpaque(ResponsesItem item, JsonElement json)
    {
        json = ResponsesParts.Complete(json, item.Fields);
        _hasClientCall |= ResponsesParts.IsClientCall(json);
        Choice.AddContent(ResponsesParts.Opaque(json), json.RawLength());
        if (ResponsesParts.Image(json) is { } image) Choice.AddContent(image, image.Data.Length);
        item.IsDone = true;
        item.Begun = null;
    }

    private void MergeAnnotations(ResponsesItem item, in ResponsesItemFields fields)
    {
        int position = 0, end = item.PartCount;
        for (ResponsesItemFields.PartReader contents = fields.PartsOf(ResponsesPartKind.Text); contents.Next();)
        {
            ResponsesPart part = item.NextPart(ResponsesPartKind.Text, ref position, end) ?? item.PartOfAnnotation(-1);
            AddAnnotations(part, contents.Current.Annotations);
        }
    }

    /// <summary>Adds the annotations of a part that have not been received yet.</summary>
    private void AddAnnotations(ResponsesPart part, ReadOnlySpan<byte> annotations)
    {
        int count = 0;
        var list = new JsonCursor(annotations);
        while (list.Next())
        {
            if (!list.IsObject || ++count <= part.Annotations) continue;
            part.Annotations = count;
            using JsonDocument annotation = JsonFields.Parse(list.Value);
            Choice.AddContent(ResponsesParts.Citation(annotation.RootElement), annotation.RootElement.RawLength());
        }
    }

    /// <summary>
    /// Merges the summary of a reasoning item, or its content if there is no summary. If deltas came, the form in which they came, so
    /// that the reasoning is not repeated in the other form.
    /// </summary>
    private void MergeReasoning(ResponsesItem item, in ResponsesItemFields fields)
    {
        foreach (ResponsesPartKind kind in (ReadOnlySpan<ResponsesPartKind>)[ResponsesPartKind.Summary, ResponsesPartKind.Reasoning])
        {
            if (!IsOtherReasoning(item, kind)) SetWholes(item, kind, fields);
        }
    }

    /// <summary>Whether it is a form of reasoning that did not come, while the other form did.</summary>
    private static bool IsOtherReasoning(ResponsesItem item, ResponsesPartKind kind) =>
        kind is ResponsesPartKind.Summary or ResponsesPartKind.Reasoning && !item.HasAny(kind)
        && item.HasAny(kind == ResponsesPartKind.Summary ? ResponsesPartKind.Reasoning : ResponsesPartKind.Summary);

    private void Keep(ReadOnlySpan<byte> item)
    {
        JsonElement json = JsonText.ParseElement(item);
        Choice.AddContent(ProviderContent.Create(Dialect, json), json.RawLength());
    }

    /// <summary>Finds the item for each object in the output of a complete response; null for a new one.</summary>
    /// <param name="output">The list of items; empty if it is missing.</param>
    /// <param name="hasSameText">Whether their texts are the text that came. Some servers divide it into other items.</param>
    /// <returns>Null, as nearly always, if they are the items that came, in their order.</returns>
    private ResponsesItem?[]? Match(ReadOnlySpan<byte> output, out bool hasSameText)
    {
        hasSameText = true;
        bool areSame = true;
        int count = 0, length = 0;
        var items = new JsonCursor(output);
        while (items.Next())
        {
            if (!items.IsObject) continue;
            var fields = new ResponsesItemFields();
            fields.Read(items.Value);
            areSame = areSame && _items.IsAt(count, fields);
            for (ResponsesItemFields.PartReader texts = fields.PartsOf(ResponsesPartKind.Text); hasSameText && texts.NextWithContent();)
                hasSameText = _text.Continues(texts.Current.Content, ref length);
            count++;
        }

        hasSameText = hasSameText && _text.IsLength(length);
        if (areSame && count == _items.All.Count) return null;
        if (count == 0) return [];
        using JsonDocument document = JsonFields.Parse(output);
        return _items.Match([.. document.RootElement.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)]);
    }
}
