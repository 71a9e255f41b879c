using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>Encodes one answer as OpenAI's chunks. See <see cref="OpenAIWire"/> for what goes where.</summary>
/// <remarks>
/// The beginning of a chunk is the same in all chunks of a choice, and encoded once: a delta of text allocates nothing.
/// </remarks>
internal sealed class OpenAIEncoder(IBufferWriter<byte> output, WireContext context) : WireEncoder(output)
{
    private readonly OpenAIChunkHead _head = new(context);
    private readonly List<OpenAIChoice> _choices = new(1);
    private readonly WireUsage _usage = new();

    public override void Begin()
    {
        // The first chunk is the first delta.
    }

    public override void Add(ChatDelta delta)
    {
        _head.Update(delta.Stream);
        _usage.Add(delta);
        if (Find(delta) is not { } choice) return;
        if (delta.Reasoning.Length > 0)
            Write(choice, ref choice.ReasoningSent, OpenAIText.Reasoning, delta.Reasoning, delta.ReasoningOffset);
        Write(choice, ref choice.TextSent, OpenAIText.Content, delta.Text, delta.TextOffset);
        if (delta.Refusal.Length > 0) Write(choice, ref choice.RefusalSent, OpenAIText.Refusal, delta.Refusal, delta.RefusalOffset);
        IReadOnlyList<ToolCallDelta> calls = delta.ToolCalls;
        for (int i = 0; i < calls.Count; i++) AddCall(choice, calls[i]);
        IReadOnlyList<AIContent> others = delta.OtherContents;
        for (int i = 0; i < others.Count; i++) AddContent(choice, others[i]);
        choice.FinishReason = delta.FinishReason ?? choice.FinishReason;
    }

    public override void Complete()
    {
        if (_choices.Count == 0) _choices.Add(new OpenAIChoice(0)); // clients expect one
        foreach (OpenAIChoice choice in _choices.OrderBy(choice => choice.Index)) Complete(choice);
        if (context.IncludeUsage && _usage.Total is { } usage)
        {
            OpenAIUsage.Write(Events.Begin(_head.OfUsage), usage);
            Events.End("}\n\n"u8);
        }

        Events.WriteData("[DONE]"u8);
    }

    public override void Fail(WireFailure failure)
    {
        OpenAIError.Write(Events.BeginObject(), failure);
        Events.EndObject();
    }

    public override void Cancel() => Fail(WireFailure.Canceled);

    private OpenAIChoice? Find(ChatDelta delta)
    {
        foreach (OpenAIChoice known in _choices)
        {
            if (known.Index == delta.ChoiceIndex) return known;
        }

        // Usage alone is not about a choice.
        bool isOfChoice = delta.Role is not null || delta.Text.Length > 0 || delta.Reasoning.Length > 0 || delta.Refusal.Length > 0
            || delta.ToolCalls.Count > 0 || delta.OtherContents.Count > 0 || delta.FinishReason is not null;
        if (!isOfChoice) return null;
        var choice = new OpenAIChoice(delta.ChoiceIndex);
        _choices.Add(choice);
        return choice;
    }

    private void Write(OpenAIChoice choice, ref SentLength sent, OpenAIText kind, string piece, int offset)
    {
        if (!sent.TryAdvance(piece, offset)) throw new RewriteNotSupportedException();
        if (piece.Length == 0) return;
        if (choice.HasRole)
        {
            Events.WriteDelta(_head.OfText(choice, kind), piece, "\"},\"finish_reason\":null}]}\n\n"u8);
            return;
        }

        BeginChunk(choice).WriteString(OpenAIChunkHead.NameOf(kind), piece);
        EndChunk();
    }

    private void AddCall(OpenAIChoice choice, ToolCallDelta fragment)
    {
        OpenAIToolCall call = choice.GetOrAddCall(fragment.Index);
        string? arguments = call.Add(fragment);
        if (arguments is null) return;
        if (!call.IsSent)
        {
            WriteCall(choice, call, arguments);
        }
        else if (arguments.Length > 0)
        {
            Events.WriteDelta(_head.OfArguments(choice, call), arguments, "\"}}]},\"finish_reason\":null}]}\n\n"u8);
        }
    }

    /// <summary>Writes the first fragment of a call, or a whole call.</summary>
    private void WriteCall(OpenAIChoice choice, OpenAIToolCall call, string arguments)
    {
        call.SentIndex = choice.SentCallCount++;
        Utf8JsonWriter json = BeginCall(choice, call);
        OpenAIToolCall.WriteFields(json, call.Id ?? OpenAIToolCall.CreateId(context, choice.Index, call.Index), call.Name!, arguments);
        EndCall(json);
    }

    private void AddContent(OpenAIChoice choice, AIContent content)
    {
        if (content is FunctionResultContent result)
        {
            choice.AddResult(result);
        }
        else if (OpenAIContents.ImageUrl(content) is { } url)
        {
            Utf8JsonWriter json = BeginChunk(choice);
            json.WriteStartArray("images"u8);
            OpenAIContents.WriteImage(json, url, choice.ImageCount++);
            json.WriteEndArray();
            EndChunk();
        }
        else
        {
            choice.Citations.AddRange(OpenAIContents.Citations(content));
        }
    }

    private void Complete(OpenAIChoice choice)
    {
        foreach (OpenAIToolCall call in choice.PendingCalls) WriteCall(choice, call, call.HeldArguments);
        if (choice.Citations.Count > 0)
        {
            OpenAIContents.WriteCitations(BeginChunk(choice), choice.Citations);
            EndChunk();
        }

        if (!choice.HasRole) // SDKs need the role
        {
            BeginChunk(choice).WriteString("content"u8, ""u8);
            EndChunk();
        }

        BeginChunk(choice);
        Events.End(OpenAIFinishReason.EndOfChunk(OpenAIFinishReason.Of(choice.FinishReason, choice.HasCallsToRun)));
    }

    private Utf8JsonWriter BeginChunk(OpenAIChoice choice)
    {
        Utf8JsonWriter json = Events.Begin(_head.OfChoice(choice));
        if (choice.HasRole) return json;
        choice.HasRole = true;
        json.WriteString("role"u8, "assistant"u8);
        return json;
    }

    private void EndChunk() => Events.End("},\"finish_reason\":null}]}\n\n"u8);

    private Utf8JsonWriter BeginCall(OpenAIChoice choice, OpenAIToolCall call)
    {
        Utf8JsonWriter json = BeginChunk(choice);
        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, call.SentIndex);
        return json;
    }

    private void EndCall(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndArray();
        EndChunk();
    }
}
