using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>The content blocks of a message that have started and not ended: usually one or none.</summary>
/// <remarks>
/// Invariant: <c>_open</c> holds, in the order in which they started, the blocks that may still get content. Of the blocks that
/// have been stopped it holds only calls without arguments, until it is certain that the answer was not cut off there.
/// </remarks>
internal sealed class AnthropicBlocks(IDecodingObserver? observer)
{
    /// <summary>The block that started last, if an event does not state an index.</summary>
    public const int Latest = -1;

    private static readonly FieldNames KnownDeltaFields = new("type", "estimated_tokens");

    private readonly List<AnthropicBlock> _open = [];
    private int _calls;

    /// <summary>Starts a block.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="index">The block's index in the message.</param>
    /// <param name="block">A reader that is on the block.</param>
    /// <param name="data">The bytes of the event.</param>
    public void Start(ChoiceBuilder choice, int index, Utf8JsonReader block, ReadOnlySpan<byte> data)
    {
        if (block.TokenType != JsonTokenType.StartObject) return;
        var begun = new AnthropicBlock(index, choice.TextLength);
        var fields = block;
        while (fields.NextProperty())
        {
            if (fields.Is("type"u8))
            {
                fields.Read();
                begun.Kind = AnthropicBlock.KindOf(ref fields);
            }
            else if (fields.Is("id"u8)) begun.Id = fields.ReadName();
            else if (fields.Is("name"u8)) begun.Name = fields.ReadName();
            else fields.Read();
            fields.Skip();
        }

        if (!Begin(choice, begun)) return;
        switch (begun.Kind)
        {
            case AnthropicBlockKind.Text or AnthropicBlockKind.Thinking:
                Continue(choice, index, block, data); // it has the same fields as a delta
                break;
            case AnthropicBlockKind.Call:
                begun.TakeInput(block, data);
                if (begun.Name is not null && AnthropicBlock.ExtraOfCall(block, data) is { } extra)
                    choice.AddContent(ProviderContent.Create(AnthropicDialect.DialectName, extra), extra.Length);
                break;
            default:
                begun.TakeWhole(block, data);
                choice.ReserveContent(begun.Size);
                break;
        }
    }

    /// <summary>Starts a block, without its content.</summary>
    /// <returns>Whether it is a new one: a call that is started again before it has ended continues.</returns>
    public bool Begin(ChoiceBuilder choice, AnthropicBlock begun)
    {
        int index = begun.Index;
        if (begun is { Kind: AnthropicBlockKind.Call, Id: { } id } && Find(index) is { Kind: AnthropicBlockKind.Call } same
            && string.Equals(same.Id, id, StringComparison.Ordinal))
            return false;

        // Blocks are sent one after the other, but some servers omit the end of a block, repeat an index, or interleave
        // tool calls.
        for (int i = 0; i < _open.Count; i++)
        {
            AnthropicBlock open = _open[i];
            if (open.HasStopped || (open.Kind is AnthropicBlockKind.Call && (open.Index != index || index == Latest))) continue;
            Stop(choice, open);
            if (!open.HasStopped) i--; // it was removed
        }

        CompleteCalls(choice);
        if (_open.Count == AnthropicBlock.MaxOpen)
            throw new AnswerTooLargeException($"More than {AnthropicBlock.MaxOpen} content blocks are open at once");
        _open.Add(begun);
        if (begun.Kind is not AnthropicBlockKind.Call) return true;
        begun.Call = _calls++;
        choice.AddToolCall(new ToolCallFragment { ProviderIndex = begun.Call, Id = begun.Id, Name = begun.Name });
        return true;
    }

    /// <summary>Adds the content of a delta to a block.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="index">The block's index.</param>
    /// <param name="delta">A reader that is on the delta.</param>
    /// <param name="data">The bytes of the event.</param>
    public void Continue(ChoiceBuilder choice, int index, Utf8JsonReader delta, ReadOnlySpan<byte> data)
    {
        if (delta.TokenType != JsonTokenType.StartObject) return;
        while (delta.NextProperty())
        {
            if (delta.Is("text"u8))
            {
                delta.Read();
                if (delta.TokenType == JsonTokenType.String) choice.AddText(ref delta);
            }
            else if (delta.Is("thinking"u8))
            {
                delta.Read();
                if (delta.TokenType == JsonTokenType.String) choice.AddReasoning(ref delta);
            }
            else if (delta.Is("partial_json"u8))
            {
                delta.Read();
                if (delta.TokenType == JsonTokenType.String && Find(index) is { } block) ContinueInput(choice, block, ref delta);
            }
            else if (!delta.Is("type"u8)) ContinueRarely(choice, index, ref delta, data);

            delta.Skip();
        }
    }

    /// <summary>Ends a block, and emits what is known only when it is complete.</summary>
    public void Stop(ChoiceBuilder choice, int index)
    {
        if (Find(index) is { } block) Stop(choice, block);
    }

    /// <summary>Ends all blocks, at the end of the message.</summary>
    public void StopAll(ChoiceBuilder choice)
    {
        foreach (AnthropicBlock block in _open.ToArray()) Stop(choice, block);
    }

    /// <summary>Completes the calls that ended without arguments: their arguments are <c>{}</c>.</summary>
    public void CompleteCalls(ChoiceBuilder choice)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (!_open[i].HasStopped) continue;
            choice.AddToolCall(new ToolCallFragment { ProviderIndex = _open[i].Call, Arguments = "{}"u8, IsComplete = true });
            _open.RemoveAt(i);
        }
    }

    /// <summary>Discards all blocks: their message will not be continued.</summary>
    public void Clear() => _open.Clear();

    /// <summary>Adds a fragment of its arguments to a call.</summary>
    /// <param name="choice">The answer.</param>
    /// <param name="block">The block of the call.</param>
    /// <param name="raw">The fragment, not empty.</param>
    /// <param name="escaped">Whether it contains a backslash.</param>
    /// <param name="start">Its offset in the event.</param>
    public static void AddArguments(ChoiceBuilder choice, AnthropicBlock block, ReadOnlySpan<byte> raw, bool escaped, int start)
    {
        block.HasArguments = true;
        choice.AddToolCall(new ToolCallFragment
        {
            ProviderIndex = block.Call,
            Arguments = raw,
            ArgumentsAreEscaped = escaped,
            ArgumentsStart = start,
        });
    }

    /// <summary>Adds a fragment of its <c>input</c> to a block that only the provider understands.</summary>
    /// <inheritdoc cref="AddArguments" path="/param"/>
    public static void AddInput(ChoiceBuilder choice, AnthropicBlock block, ReadOnlySpan<byte> raw, bool escaped)
    {
        choice.ReserveContent(raw.Length);
        block.AppendInput(JsonText.DecodeWhole(raw, escaped));
    }

    /// <summary>Adds to the signature of a block with reasoning.</summary>
    public static void AddSignature(ChoiceBuilder choice, AnthropicBlock block, string piece)
    {
        choice.ReserveContent(piece.Length);
        block.AppendSignature(piece);
    }

    private static void ContinueInput(ChoiceBuilder choice, AnthropicBlock block, ref Utf8JsonReader delta)
    {
        if (delta.ValueSpan.IsEmpty) return; // the first fragment usually is
        if (block.Kind is AnthropicBlockKind.Call)
        {
            AddArguments(choice, block, delta.ValueSpan, delta.ValueIsEscaped, (int)delta.TokenStartIndex + 1);
        }
        else if (block.Kind is AnthropicBlockKind.Opaque)
        {
            AddInput(choice, block, delta.ValueSpan, delta.ValueIsEscaped);
        }
    }

    private void ContinueRarely(ChoiceBuilder choice, int index, ref Utf8JsonReader delta, ReadOnlySpan<byte> data)
    {
        AnthropicBlock? block = Find(index);
        if (delta.Is("signature"u8) && block?.Kind is AnthropicBlockKind.Thinking)
        {
            if (delta.ReadString() is not { Length: > 0 } piece) return; // an empty one has no effect
            AddSignature(choice, block, piece);
        }
        else if (delta.Is("citation"u8) && block?.Kind is AnthropicBlockKind.Text)
        {
            delta.Read();
            choice.ReserveContent(block.AddCitation(delta, data));
        }
        else if (delta.Is("citations"u8) && block?.Kind is AnthropicBlockKind.Text)
        {
            delta.Read();
            if (delta.TokenType != JsonTokenType.StartArray) return;
            while (delta.NextItem())
            {
                choice.ReserveContent(block.AddCitation(delta, data));
                delta.Skip();
            }
        }
        else if (block?.Kind is AnthropicBlockKind.Opaque) choice.ReserveContent(block.Merge(ref delta, data));
        else
        {
            observer.NoteField(ref delta, KnownDeltaFields, "delta.");
            choice.Ignore(ref delta);
        }
    }

    private void Stop(ChoiceBuilder choice, AnthropicBlock block)
    {
        switch (block.Kind)
        {
            case AnthropicBlockKind.Call when block.HasArguments:
                choice.AddToolCall(new ToolCallFragment { ProviderIndex = block.Call, IsComplete = true });
                break;
            case AnthropicBlockKind.Call when block.Input is not null:
                choice.AddToolCall(new ToolCallFragment { ProviderIndex = block.Call, Arguments = block.Input, IsComplete = true });
                break;
            case AnthropicBlockKind.Call:
                block.HasStopped = true;
                return;
            case AnthropicBlockKind.Thinking when block.Signature is { } signature:
                choice.AddContent(new TextReasoningContent("") { ProtectedData = signature }, size: 0);
                break;
            case AnthropicBlockKind.Text when block.ToCitations(choice.TextLength) is { } citations:
                choice.AddContent(citations, size: 0);
                break;
            case AnthropicBlockKind.Opaque:
                choice.AddContent(block.ToContent(), size: 0);
                break;
        }

        _open.Remove(block);
    }

    /// <summary>The block with this index, if it is open.</summary>
    public AnthropicBlock? Find(int index)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (!_open[i].HasStopped && (index == Latest || _open[i].Index == index)) return _open[i];
        }

        return null;
    }
}
