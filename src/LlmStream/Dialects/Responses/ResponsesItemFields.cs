using System.Text;
using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>The fields of an item of a response's output that the decoder uses. The last field of a name counts.</summary>
internal ref struct ResponsesItemFields
{
    /// <summary>The item as it was sent.</summary>
    public ReadOnlySpan<byte> Json;

    /// <summary>The provider's type; empty if it has none.</summary>
    public string Type = "";

    /// <summary>The id, which Bedrock sends as <c>item_id</c> in a complete item; empty if there is none.</summary>
    public ReadOnlySpan<byte> Id;

    /// <summary>The field <c>id</c> itself.</summary>
    public JsonSlice OwnId;

    public JsonSlice CallId;
    public JsonSlice Name;
    public JsonSlice Role;
    public JsonSlice Status;

    private JsonSlice _arguments;
    private JsonSlice _input;
    private ReadOnlySpan<byte> _content;
    private ReadOnlySpan<byte> _summary;

    public ResponsesItemFields()
    {
    }

    /// <summary>Whether the item states that it is complete, or does not state how far it is.</summary>
    public readonly bool IsComplete => !Status.IsText || Status.Is("completed"u8);

    /// <summary>The arguments of a function, or the input of a custom tool. Some servers send an object instead of its JSON text.</summary>
    public readonly JsonSlice Arguments
    {
        get
        {
            JsonSlice arguments = Type is "function_call" ? _arguments : _input;
            return arguments.IsEmpty || arguments.IsText
                ? arguments
                : new JsonSlice(JsonText.RepairUnicode(arguments.Raw), isEscaped: false, isObject: true);
        }
    }

    /// <summary>Reads the fields of an item.</summary>
    /// <param name="item">A JSON object.</param>
    public void Read(ReadOnlySpan<byte> item)
    {
        Json = item;
        JsonSlice itemId = default;
        var fields = new JsonCursor(item);
        while (fields.Next())
        {
            if (fields.Is("type"u8)) Type = ReadType(fields);
            else if (fields.Is("id"u8)) OwnId = JsonSlice.Read(ref fields);
            else if (fields.Is("item_id"u8)) itemId = JsonSlice.Read(ref fields);
            else if (fields.Is("call_id"u8)) CallId = JsonSlice.Read(ref fields);
            else if (fields.Is("name"u8)) Name = JsonSlice.Read(ref fields);
            else if (fields.Is("role"u8)) Role = JsonSlice.Read(ref fields);
            else if (fields.Is("status"u8)) Status = JsonSlice.Read(ref fields);
            else if (fields.Is("arguments"u8)) _arguments = JsonSlice.Read(ref fields);
            else if (fields.Is("input"u8)) _input = JsonSlice.Read(ref fields);
            else if (fields.Is("content"u8)) _content = fields.IsArray ? fields.Value : default;
            else if (fields.Is("summary"u8)) _summary = fields.IsArray ? fields.Value : default;
        }

        if (OwnId.IsText) Id = OwnId.DecodeToUtf8();
        else if (itemId.IsText) Id = itemId.DecodeToUtf8();
    }

    /// <summary>The parts of a kind, in order, also those without content.</summary>
    public readonly PartReader PartsOf(ResponsesPartKind kind) => kind switch
    {
        // These lists have only one kind of parts, whose type some servers change or leave out.
        ResponsesPartKind.Summary => new PartReader(_summary, null),
        ResponsesPartKind.Reasoning => new PartReader(_content, null),
        _ => new PartReader(Type is "message" ? _content : default, kind),
    };

    private static string ReadType(scoped in JsonCursor field)
    {
        if (!field.IsString) return "";
        foreach (string known in (ReadOnlySpan<string>)["message", "reasoning", "function_call"])
        {
            if (Ascii.Equals(field.Raw, known)) return known; // without a copy
        }

        return field.Decode();
    }

    /// <summary>Reads a list of parts.</summary>
    /// <param name="parts">An array, or nothing.</param>
    /// <param name="kind">The kind of the parts that are read; null for all.</param>
    internal ref struct PartReader(ReadOnlySpan<byte> parts, ResponsesPartKind? kind)
    {
        private JsonCursor _parts = new(parts);

        /// <summary>The current part.</summary>
        public ResponsesPartFields Current;

        /// <summary>Moves to the next part.</summary>
        public bool Next()
        {
            while (_parts.Next())
            {
                if (!_parts.IsObject) continue;
                JsonCursor fields = _parts.Enter();
                Current = default;
                Current.Read(ref fields);
                _parts.Leave(fields);
                if (kind is null || Current.Kind == kind) return true;
            }

            return false;
        }

        /// <summary>Moves to the next part that has content.</summary>
        public bool NextWithContent()
        {
            while (Next())
            {
                if (!Current.Content.IsEmpty) return true;
            }

            return false;
        }
    }
}
