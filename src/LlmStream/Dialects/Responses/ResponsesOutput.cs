using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Collects the output of a response, item by item, and adds it to the answer.</summary>
internal sealed partial class ResponsesOutput(AnswerBuilder answer)
{
    /// <summary>The name of the dialect.</summary>
    public const string Dialect = "responses";

    private readonly ResponsesItems _items = new();
    private readonly ResponsesText _text = new(answer, ChoiceText.Text);
    private ResponsesText? _refusal; // most answers have none
    private ResponsesText? _reasoning;

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
            if (!e.Whole.IsEmpty && ItemOf(e, kind) is { } call) SetArguments(call, e.Whole);
        }
        else if (e.Whole.IsText && ItemOf(e, kind) is { } item && !IsOtherReasoning(item, kind))
            SetWhole(item, kind, e.PartIndex, ResponsesLevel.Content, e.Whole);
    }

    /// <summary>Handles the end of a field of an item that is passed on unchanged: used if the item does not repeat it.</summary>
    public void SetField(in ResponsesEvent e, string field)
    {
        if (!e.Whole.IsText || _items.Find(ResponsesItemKind.Opaque, e.OutputIndex, e.ItemId) is not { IsDone: false } item) return;
        item.SetField(field, e.Whole.Decode());
    }

    public void BeginItem(in ResponsesEvent e)
    {
        if (e.Item.IsEmpty) return;
        var fields = new ResponsesItemFields();
        fields.Read(e.Item);
        ResponsesItem item = _items.Begin(KindOf(fields), e.OutputIndex, fields.Id);
        Begin(item, fields);
        if (item is { Kind: ResponsesItemKind.Opaque, IsDone: false }) item.Begun = JsonText.ParseElement(e.Item);
    }

    /// <summary>Handles the end of an item, which repeats all of it.</summary>
    public void EndItem(in ResponsesEvent e)
    {
        if (e.Item.IsEmpty) return;
        var fields = new ResponsesItemFields();
        fields.Read(e.Item);
        Merge(_items.End(KindOf(fields), e.OutputIndex, fields.Id, fields.CallId), fields, hasSameText: false);
    }

    /// <summary>Handles the end of a part of a message or a reasoning item, which repeats all of it.</summary>
    public void EndPart(in ResponsesEvent e)
    {
        if (e.Part.IsEmpty) return;
        var cursor = new JsonCursor(e.Part);
        ResponsesPartFields fields = default;
        fields.Read(ref cursor);
        if (fields.Kind is not { } kind) return;
        // vLLM sends the parts of a reasoning item as output_text.
        if (kind == ResponsesPartKind.Text && _items.Find(ResponsesItemKind.Message, e.OutputIndex, e.ItemId) is null
            && _items.Find(ResponsesItemKind.Reasoning, e.OutputIndex, e.ItemId) is not null)
            kind = ResponsesPartKind.Reasoning;
        if (ItemOf(e, kind) is not { } item || IsOtherReasoning(item, kind)) return;
        ResponsesPart? part = SetWhole(item, kind, e.PartIndex, ResponsesLevel.Part, fields.Content);
        if (kind == ResponsesPartKind.Text) AddAnnotations(part ?? item.PartOfAnnotation(e.PartIndex), fields.Annotations);
    }

    public void Annotate(in ResponsesEvent e)
    {
        if (e.Annotation.IsEmpty || ItemOf(e, ResponsesPartKind.Text) is not { } item) return;
        using JsonDocument document = JsonFields.Parse(e.Annotation);
        item.PartOfAnnotation(e.PartIndex).Annotations++;
        Choice.AddContent(ResponsesParts.Citation(document.RootElement), e.Annotation.Length);
    }

    /// <summary>Handles the end of the response, which repeats all items.</summary>
    /// <param name="output">The list of items; empty if it is missing.</param>
    public void EndAll(ReadOnlySpan<byte> output)
    {
        ResponsesItem?[]? matched = Match(output, out bool hasSameText);
        int place = 0;
        var items = new JsonCursor(output);
        while (items.Next())
        {
            if (!items.IsObject) continue;
            var fields = new ResponsesItemFields();
            fields.Read(items.Value);
            ResponsesItem item = (matched is null ? _items.All[place] : matched[place]) ?? _items.Add(KindOf(fields), place, fields.Id);
            place++;
            bool isNew = !item.IsDone;
            Merge(item, fields, hasSameText);
            if (isNew) answer.EndEvent(); // keeps the order of the items although they come in one event
        }

        for (int i = 0; i < _items.All.Count; i++)
        {
            // The call of a built-in tool whose end did not come.
            if (_items.All[i] is { Begun: { } begun } item) AddOpaque(item, begun);
        }

        Complete();
    }

    /// <summary>Makes the replacements that wait for the end of the response.</summary>
    public void Complete()
    {
        _text.Complete();
        _refusal?.Complete();
        _reasoning?.Complete();
    }

    private ResponsesText TextOf(ResponsesPartKind kind) => kind switch
    {
        ResponsesPartKind.Text => _text,
        ResponsesPartKind.Refusal => _refusal ??= new ResponsesText(answer, ChoiceText.Refusal),
        _ => _reasoning ??= new ResponsesText(answer, ChoiceText.Reasoning),
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

    private void SetArguments(ResponsesItem item, in JsonSlice arguments)
    {
        if (arguments.IsEmpty) return;
        // Creates the call, if nothing of it came.
        if (!item.HasArguments) AddArguments(item, default);
        bool areSame = Choice.HasArguments(item.Number, arguments.Raw, arguments.IsEscaped);
        if (!areSame) Choice.ReplaceArguments(item.Number, arguments.Decode());
    }

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

    private ResponsesItemKind KindOf(in ResponsesItemFields fields) => fields.Type switch
    {
        "message" => ResponsesItemKind.Message,
        "reasoning" => ResponsesItemKind.Reasoning,
        "function_call" => ResponsesItemKind.ToolCall,
        // xAI sends the calls of its own search tool with this type.
        "custom_tool_call" when _declared is null || _declared.Contains(fields.Name.IsText ? fields.Name.Decode() : "") =>
            ResponsesItemKind.ToolCall,
        _ => ResponsesItemKind.Opaque,
    };
}
