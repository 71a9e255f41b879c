using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>The content blocks of a message that have not been completed, by their index.</summary>
/// <remarks>
/// A block of text or reasoning has no start event. Of the blocks that have been stopped, <c>_stopped</c> holds the calls without
/// arguments, until it is certain that the answer was not cut off there.
/// </remarks>
internal sealed class BedrockBlocks(Dialect dialect, IDecodingObserver? observer, TemplateRecorder recorder)
{
    // Servers have one open. Without a limit, a stream could exhaust memory with them.
    private const int MaxOpen = 256;

    private static readonly FieldNames KnownStartFields = new("toolUse", "toolResult", "image", "text", "reasoningContent");

    private readonly Dictionary<int, BedrockBlock> _open = [];
    private readonly List<int> _stopped = [];
    private int _calls;

    /// <summary>Reads the <c>start</c> or the <c>delta</c> of a block.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="index">The block's index.</param>
    /// <param name="body">A reader that is on the object.</param>
    /// <param name="isStart">Whether it is the start.</param>
    /// <param name="data">The bytes that <paramref name="body"/> reads.</param>
    public void Read(ChoiceBuilder choice, int index, Utf8JsonReader body, bool isStart, ReadOnlySpan<byte> data)
    {
        if (!body.TryEnterObject()) return;
        while (body.NextProperty())
        {
            if (body.Is("text"u8))
            {
                if (!body.ReadText()) continue;
                Open(choice, index);
                choice.AddText(ref body);
                continue;
            }

            if (body.Is("reasoningContent"u8))
            {
                ReadReasoning(choice, index, ref body);
                continue;
            }

            if (body.Is("toolUse"u8))
            {
                ReadCall(choice, index, ref body, isStart, data);
                continue;
            }

            recorder.Discard(); // all else is kept in the block
            if (body.Is("toolResult"u8)) ReadResult(choice, index, ref body, isStart, data);
            else if (body.Is("citation"u8)) ReadCitation(choice, index, ref body, data);
            else if (body.Is("image"u8)) ReadImage(choice, index, ref body, isStart, data);
            else
            {
                observer.NoteField(ref body, KnownStartFields, isStart ? "start." : "delta.");
                string name = body.Decode();
                body.Read();
                if (body.TokenType == JsonTokenType.Null) continue;
                ReadOnlySpan<byte> json = body.Slice(data);
                choice.AddContent(BedrockBlock.Opaque(dialect.Name, name, json), json.Length);
            }
        }
    }

    /// <summary>Ends a block, and emits what is known only when it is complete.</summary>
    public void Stop(ChoiceBuilder choice, int index)
    {
        if (!_open.Remove(index, out BedrockBlock? block)) return;
        recorder.Forget(); // another event with the same index begins a new block
        if (block.Call is not { } call)
        {
            foreach (AIContent content in block.ToContents(dialect.Name, choice.TextLength)) choice.AddContent(content, size: 0);
        }
        else if (block.HasArguments) choice.AddToolCall(new ToolCallFragment { ProviderIndex = call, IsComplete = true });
        else _stopped.Add(call);
    }

    /// <summary>Ends all blocks, at the end of the message.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="isCutOff">Whether the answer was cut off, so that a call without arguments is incomplete.</param>
    public void StopAll(ChoiceBuilder choice, bool isCutOff)
    {
        foreach (int index in _open.Keys.Order().ToArray()) Stop(choice, index);
        if (isCutOff) return;
        foreach (int call in _stopped)
            choice.AddToolCall(new ToolCallFragment { ProviderIndex = call, Arguments = "{}"u8, IsComplete = true });
        _stopped.Clear();
    }

    private void ReadReasoning(ChoiceBuilder choice, int index, ref Utf8JsonReader body)
    {
        if (!body.ReadObject()) return;
        BedrockBlock block = Open(choice, index);
        while (body.NextProperty())
        {
            if (body.Is("text"u8))
            {
                if (body.ReadText()) choice.AddReasoning(ref body);
                continue;
            }

            recorder.Discard();
            if (body.Is("signature"u8))
            {
                if (body.ReadString() is not { Length: > 0 } piece) continue;
                choice.ReserveContent(piece.Length);
                block.AppendSignature(piece);
            }
            else if (body.Is("redactedContent"u8))
            {
                if (ReadBytes(choice, ref body) is { } bytes) block.AppendRedacted(bytes);
            }
            else body.Skip();
        }
    }

    private void ReadCall(ChoiceBuilder choice, int index, ref Utf8JsonReader body, bool isStart, ReadOnlySpan<byte> data)
    {
        body.Read();
        if (isStart)
        {
            recorder.Forget(); // fragments of the same block may belong to another call now, or to a tool of the server
            StartCall(choice, index, body, data);
        }

        if (!body.TryEnterObject()) return;
        BedrockBlock block = Open(choice, index);
        while (body.NextProperty())
        {
            if (!body.Is("input"u8))
            {
                body.Skip();
                continue;
            }

            if (block.IsServerTool)
            {
                recorder.Discard();
                if (body.ReadString() is not { } piece) continue;
                choice.ReserveContent(piece.Length);
                block.AppendInput(piece);
                continue;
            }

            block.Call ??= _calls++; // the start is missing
            var fragment = new ToolCallFragment { ProviderIndex = block.Call };
            fragment.ReadArguments(ref body);
            if (fragment.Arguments.IsEmpty) continue; // the first fragment may be
            block.HasArguments = true;
            choice.AddToolCall(fragment);
        }
    }

    private void StartCall(ChoiceBuilder choice, int index, Utf8JsonReader start, ReadOnlySpan<byte> data)
    {
        if (ReadStart(choice, ref start, data) is not { } fields) return;
        BedrockBlock block = Open(choice, index);
        block.IsServerTool = fields.Name("type") is { } type && type != "tool_use";
        if (block.IsServerTool)
        {
            block.Start = fields;
            return;
        }

        block.Call ??= _calls++;
        choice.AddToolCall(new ToolCallFragment
        {
            ProviderIndex = block.Call, Id = fields.Name("toolUseId"), Name = fields.Name("name"),
        });
    }

    private void ReadResult(ChoiceBuilder choice, int index, ref Utf8JsonReader body, bool isStart, ReadOnlySpan<byte> data)
    {
        body.Read();
        BedrockBlock block = Open(choice, index);
        if (isStart)
        {
            block.Start = ReadStart(choice, ref body, data);
        }
        else if (body.TryEnterArray())
        {
            while (body.NextItem())
            {
                ReadOnlySpan<byte> item = body.Slice(data);
                choice.ReserveContent(item.Length);
                block.AddResult(JsonText.ParseElement(item));
            }
        }
    }

    private void ReadCitation(ChoiceBuilder choice, int index, ref Utf8JsonReader body, ReadOnlySpan<byte> data)
    {
        body.Read();
        if (body.TokenType != JsonTokenType.StartObject)
        {
            body.Skip();
            return;
        }

        ReadOnlySpan<byte> json = body.Slice(data);
        choice.ReserveContent(json.Length);
        Open(choice, index).AddCitation(BedrockCitation.Read(dialect.Name, json));
    }

    private void ReadImage(ChoiceBuilder choice, int index, ref Utf8JsonReader body, bool isStart, ReadOnlySpan<byte> data)
    {
        body.Read();
        if (isStart)
        {
            Open(choice, index).Start = ReadStart(choice, ref body, data);
            return;
        }

        if (body.TokenType != JsonTokenType.StartObject)
        {
            body.Skip();
            return;
        }

        Utf8JsonReader fields = body, source = default;
        ReadOnlySpan<byte> json = body.Slice(data);
        while (fields.NextProperty())
        {
            if (fields.Is("source"u8)) fields.Remember(ref source);
            else fields.Skip();
        }

        byte[]? bytes = null;
        if (source.TryEnterObject())
        {
            while (source.NextProperty())
            {
                if (source.Is("bytes"u8)) bytes = ReadBytes(choice, ref source);
                else source.Skip();
            }
        }

        // A place in a bucket, or an error, is kept as it is.
        if (bytes is not null) Open(choice, index).AppendImage(bytes);
        else choice.AddContent(BedrockBlock.Opaque(dialect.Name, "image", json), json.Length);
    }

    private static JsonElement? ReadStart(ChoiceBuilder choice, ref Utf8JsonReader start, ReadOnlySpan<byte> data)
    {
        if (start.TokenType != JsonTokenType.StartObject)
        {
            start.Skip();
            return null;
        }

        ReadOnlySpan<byte> json = start.Slice(data);
        choice.ReserveContent(json.Length);
        return JsonText.ParseElement(json);
    }

    private static byte[]? ReadBytes(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        if (!reader.ReadText()) return null;
        if (!reader.TryGetBytesFromBase64(out byte[]? bytes)) throw new JsonException("A value is not Base64");
        choice.ReserveContent(bytes.Length);
        return bytes;
    }

    private BedrockBlock Open(ChoiceBuilder choice, int index)
    {
        if (_open.TryGetValue(index, out BedrockBlock? block)) return block;
        if (_open.Count == MaxOpen) throw new AnswerTooLargeException($"The answer has more than {MaxOpen} content blocks at a time");
        _open.Add(index, block = new BedrockBlock(choice.TextLength));
        return block;
    }
}
