using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Gemini;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Interactions;

/// <summary>Collects the steps of an interaction, and adds them to the answer.</summary>
/// <remarks>
/// Text, thoughts, and calls are added as they come. A step of another kind, such as a call of a tool that Google runs, is passed on
/// unchanged when it ends.
/// </remarks>
internal sealed partial class InteractionsSteps(AnswerBuilder answer)
{
    /// <summary>The name of the dialect.</summary>
    public const string Dialect = "interactions";

    /// <summary>The type of the content that keeps the signature of a function call, for the request that sends the call back.</summary>
    public const string CallSignature = "function_call_signature";

    private const int MaxSteps = 4096;

    private readonly List<Step> _all = [];

    private enum StepKind
    {
        Text,
        Thought,
        Call,

        /// <summary>Passed on unchanged.</summary>
        Opaque,
    }

    private ChoiceBuilder Choice => answer.EditChoice(0);

    /// <summary>Handles <c>step.start</c>, which may have content already.</summary>
    public void Begin(int index, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return;
        using JsonDocument document = JsonFields.Parse(json);
        Begin(index, document.RootElement);
    }

    /// <summary>Handles <c>step.delta</c>.</summary>
    public void Append(int index, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return;
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return;
        Utf8JsonReader type = default, text = default, arguments = default;
        bool hasText = false, hasArguments = false;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) reader.Remember(ref type);
            else if (reader.Is("text"u8) || reader.Is("thought"u8)) hasText = reader.Remember(ref text);
            else if (reader.Is("arguments"u8) || reader.Is("partial_arguments"u8)) hasArguments = reader.Remember(ref arguments);
            else reader.Skip();
        }

        if (type.TokenType != JsonTokenType.String) return;
        if (type.Is("text"u8) && hasText)
        {
            Step step = Find(index) ?? Add(index, StepKind.Text);
            if (text.HasText()) AddText(step.Kind, text.ValueSpan, text.ValueIsEscaped);
        }
        else if (type.Is("thought"u8) && hasText)
        {
            if (Find(index) is null) Add(index, StepKind.Thought);
            if (text.HasText()) Choice.AddReasoning(text.ValueSpan, text.ValueIsEscaped);
        }
        else if (type.Is("arguments_delta"u8))
        {
            if (!hasArguments || !arguments.HasText() || Find(index) is not { Kind: StepKind.Call } call) return;
            Choice.AddToolCall(new ToolCallFragment
            {
                ProviderIndex = call.Number, Arguments = arguments.ValueSpan, ArgumentsAreEscaped = arguments.ValueIsEscaped,
            });
        }
        else
        {
            using JsonDocument document = JsonFields.Parse(json);
            Append(index, document.RootElement);
        }
    }

    /// <summary>Handles <c>step.stop</c>.</summary>
    public void End(int index)
    {
        if (Find(index) is { IsDone: false } step) End(step);
    }

    /// <summary>Ends the steps whose end did not come.</summary>
    public void EndAll()
    {
        foreach (Step step in _all.Where(step => !step.IsDone)) End(step);
    }

    private void Begin(int index, JsonElement json)
    {
        Step step = Add(index, KindOf(json.Text("type")));
        switch (step.Kind)
        {
            case StepKind.Text or StepKind.Thought:
                foreach (JsonElement content in ContentsOf(json)) AddContent(step.Kind, step, content);
                AddSignature(step, json);
                break;
            case StepKind.Call:
                AddCall(step, json);
                break;
            default:
                step.Opaque = JsonNodes.FromElement(json) as JsonObject;
                break;
        }
    }

    /// <summary>Handles a delta that is not only text or arguments.</summary>
    private void Append(int index, JsonElement delta)
    {
        string type = delta.Text("type") ?? "";
        switch (type)
        {
            case "thought_summary":
                Step thought = Find(index) ?? Add(index, StepKind.Thought);
                foreach (JsonElement content in ContentsOf(delta)) AddContent(StepKind.Thought, thought, content);
                break;
            case "thought_signature":
                AddSignature(Find(index), delta);
                break;
            case "function_call":
                AddCall(Find(index) is { IsNamed: false, Kind: StepKind.Call } begun ? begun : Add(index, StepKind.Call), delta);
                break;
            case "text_annotation" or "text_annotation_delta":
                AddAnnotations(Find(index), delta);
                break;
            case "image" or "audio" or "video" or "document":
                AddMedia(Find(index), delta);
                break;
            default:
                Merge(Find(index) is { Opaque: not null } step ? step : Add(index, StepKind.Opaque), delta);
                break;
        }
    }

    private void End(Step step)
    {
        step.IsDone = true;
        if (step.Kind == StepKind.Call) Choice.AddToolCall(new ToolCallFragment { ProviderIndex = step.Number, IsComplete = true });
        if (step.Opaque is not { } opaque) return;
        byte[] json = Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(opaque));
        Choice.AddContent(ProviderContent.Create(Dialect, json), json.Length);
    }

    private void AddCall(Step step, JsonElement json)
    {
        step.IsNamed |= json.Name("name") is not null;
        var fragment = new ToolCallFragment
        {
            ProviderIndex = step.Number,
            Id = json.Name("id") ?? json.Name("call_id"),
            Name = json.Name("name"),
            Arguments = ArgumentsOf(json), // at the start of a step an empty object, which stands for the arguments that follow
        };
        if (!fragment.IsEmpty) Choice.AddToolCall(fragment);
        AddCallSignature(step, json);
    }

    private static byte[] ArgumentsOf(JsonElement call)
    {
        if (!call.TryGetField("arguments", out JsonElement value)) return [];
        return value.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(value.GetString()!) : Compact(value);
    }

    private void AddCallSignature(Step step, JsonElement json)
    {
        string? id = json.Name("id") ?? json.Name("call_id");
        if (step.IsSigned || json.Text("signature") is not { } signature || id is null) return;
        step.IsSigned = true;
        var kept = new JsonObject { ["type"] = CallSignature, ["id"] = id, ["signature"] = signature };
        byte[] keptJson = Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(kept));
        Choice.AddContent(ProviderContent.Create(Dialect, keptJson), keptJson.Length);
    }

    private void AddContent(StepKind kind, Step step, JsonElement content)
    {
        if (TextOf(content) is { } text)
        {
            AddText(kind, text);
            AddAnnotations(step, content);
        }
        else if (kind == StepKind.Text && content.ValueKind == JsonValueKind.Object) AddMedia(step, content);
    }

    private static string? TextOf(JsonElement content) =>
        content.ValueKind == JsonValueKind.String ? content.GetString() : content.Text("text");

    private void AddText(StepKind kind, string text)
    {
        byte[] raw = JsonEncodedText.Encode(text).EncodedUtf8Bytes.ToArray();
        AddText(kind, raw, isEscaped: true);
    }

    private void AddText(StepKind kind, ReadOnlySpan<byte> raw, bool isEscaped)
    {
        if (kind == StepKind.Thought) Choice.AddReasoning(raw, isEscaped);
        else Choice.AddText(raw, isEscaped);
    }

    private void AddSignature(Step? step, JsonElement json)
    {
        if (json.Text("signature") is not { } signature) return;
        if (step is not null) step.IsSigned = true;
        Choice.AddContent(new TextReasoningContent("") { ProtectedData = signature }, signature.Length);
    }

    private void AddAnnotations(Step? step, JsonElement json)
    {
        foreach (JsonElement annotation in AnnotationsOf(json)) AddAnnotation(step, annotation);
    }

    private static IEnumerable<JsonElement> AnnotationsOf(JsonElement json) =>
        json.Items("annotations").Where(annotation => annotation.ValueKind == JsonValueKind.Object);

    private void AddAnnotation(Step? step, JsonElement annotation)
    {
        if (step is not null) step.Annotations++;
        Choice.AddContent(InteractionsContents.ReadCitation(annotation), annotation.GetRawText().Length);
    }

    private void AddMedia(Step? step, JsonElement json)
    {
        if (step is not null) step.Media++;
        AIContent content = InteractionsContents.ReadMedia(json) ?? ProviderContent.Create(Dialect, json.Clone());
        Choice.AddContent(content, json.GetRawText().Length);
    }

    /// <summary>Sets the fields of a delta in the step that it belongs to.</summary>
    private static void Merge(Step step, JsonElement delta)
    {
        step.Opaque ??= [];
        foreach (JsonProperty field in delta.EnumerateObject())
        {
            bool isType = string.Equals(field.Name, "type", StringComparison.Ordinal);
            if (!isType || !step.Opaque.ContainsKey("type")) step.Opaque[field.Name] = JsonNodes.FromElement(field.Value);
        }
    }

    private Step? Find(int index) => index < 0 ? _all.LastOrDefault() : _all.FindLast(step => step.Index == index);

    private Step Add(int index, StepKind kind)
    {
        if (_all.Count == MaxSteps) throw new AnswerTooLargeException($"The answer has more than {MaxSteps} steps");
        var step = new Step(_all.Count, index, kind);
        _all.Add(step);
        return step;
    }

    private static StepKind KindOf(string? type) => type switch
    {
        "model_output" or "text" or "image" or "audio" or "video" or "document" or null => StepKind.Text,
        "thought" => StepKind.Thought,
        "function_call" => StepKind.Call,
        _ => StepKind.Opaque,
    };

    /// <summary>The contents of a step or a delta: a list, one, or, in a content that is a step, itself.</summary>
    private static IEnumerable<JsonElement> ContentsOf(JsonElement json)
    {
        foreach (string name in (string[])["content", "summary"])
        {
            if (!json.TryGetField(name, out JsonElement value)) continue;
            return value.ValueKind == JsonValueKind.Array ? json.Items(name) : [value];
        }

        return json.TryGetField("text", out _) || json.TryGetField("data", out _) || json.TryGetField("uri", out _) ? [json] : [];
    }

    /// <summary>The JSON of a value without white space.</summary>
    private static byte[] Compact(JsonElement value)
    {
        var text = new ArrayBufferWriter<byte>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value.GetRawText()), JsonOptions.Reader);
        reader.Read();
        CompactJson.Write(ref reader, text);
        return text.WrittenSpan.ToArray();
    }

    private sealed class Step(int number, int index, StepKind kind)
    {
        /// <summary>The position in the order of arrival.</summary>
        public int Number { get; } = number;

        /// <summary>The provider's index; -1 if it is missing.</summary>
        public int Index { get; } = index;

        public StepKind Kind { get; } = kind;

        public bool IsNamed { get; set; }

        public bool IsDone { get; set; }

        public bool IsSigned { get; set; }

        /// <summary>How many annotations have come.</summary>
        public int Annotations { get; set; }

        /// <summary>How many images, sounds, and files have come.</summary>
        public int Media { get; set; }

        /// <summary>A step that is passed on unchanged, as far as it has come.</summary>
        public JsonObject? Opaque { get; set; }
    }
}
