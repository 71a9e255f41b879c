using System.Buffers;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// The events of the Interactions API (ai.google.dev/gemini-api/docs/interactions/streaming): <c>interaction.created</c>,
/// <c>step.start</c>, <c>step.delta</c>, <c>step.stop</c>, <c>interaction.completed</c>, and the older <c>content.*</c>.
/// </summary>
internal sealed partial class GeminiDecoder
{
    private static readonly FieldNames KnownEventFields = new("event_id", "interaction_id", "status", "metadata", "index");

    // The number of calls so far: a piece of arguments belongs to the latest.
    private int _interactionCalls;
    private string? _status;

    private enum StepKind
    {
        Other,
        Text,
        Thought,
        Call,
    }

    /// <returns>Whether it is a known event.</returns>
    private bool ReadEvent(ref Utf8JsonReader type, ref Utf8JsonReader step, ref Utf8JsonReader delta)
    {
        if (type.Is("step.start"u8) || type.Is("content.start"u8)) ReadStep(ref step);
        else if (type.Is("step.delta"u8) || type.Is("content.delta"u8)) ReadStep(ref delta);
        else if (type.Is("step.stop"u8) || type.Is("content.stop"u8) || type.Is("interaction.status_update"u8) || type.Is("error"u8))
            return true;
        else if (type.Is("interaction.completed"u8) || type.Is("interaction.complete"u8)) FinishInteraction();
        else if (!type.Is("interaction.created"u8) && !type.Is("interaction.start"u8)) return false;
        return true;
    }

    /// <summary>Reads the fields of the whole interaction.</summary>
    private bool ReadInteraction(ref Utf8JsonReader reader)
    {
        if (!reader.ReadObject()) return false;

        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) ReadId(ref reader);
            else if (reader.Is("model"u8)) ReadModel(ref reader);
            else if (reader.Is("created"u8)) ReadCreateTime(ref reader);
            else if (reader.Is("status"u8)) _status = reader.ReadName();
            else if (reader.Is("usage"u8)) ReadUsage(ref reader);
            else reader.Skip();
        }

        return true;
    }

    private void FinishInteraction()
    {
        string status = _status ?? "completed";
        ChoiceBuilder choice = Answer.EditChoice(0);
        Observer?.OnFinishReason();
        Finish(choice, status, status switch
        {
            "completed" => choice.HasToolCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
            "requires_action" => ChatFinishReason.ToolCalls,
            "incomplete" => ChatFinishReason.Length,
            _ => Dialect.FinishReasons.ToReason(status),
        });
        if (status is "failed") Fail(new ProviderFault(status, "the interaction failed"));
    }

    /// <summary>Reads a step, or a delta of one.</summary>
    private void ReadStep(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        var fragment = new ToolCallFragment();
        Utf8JsonReader text = default, content = default, signature = default, arguments = default;
        bool hasText = false, hasContent = false, hasSignature = false, hasArguments = false;
        StepKind kind = StepKind.Other;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) kind = ReadKind(ref reader);
            else if (reader.Is("text"u8) || reader.Is("thought"u8)) hasText = reader.Remember(ref text);
            else if (reader.Is("content"u8) || reader.Is("summary"u8)) hasContent = reader.Remember(ref content);
            else if (reader.Is("signature"u8)) hasSignature = reader.Remember(ref signature);
            else if (reader.Is("id"u8) || reader.Is("call_id"u8)) fragment.Id = reader.ReadName() ?? fragment.Id;
            else if (reader.Is("name"u8)) fragment.Name = reader.ReadName();
            else if (reader.Is("arguments"u8) || reader.Is("partial_arguments"u8)) hasArguments = reader.Remember(ref arguments);
            else reader.Skip();
        }

        ChoiceBuilder choice = Answer.EditChoice(0);
        switch (kind)
        {
            case StepKind.Text or StepKind.Thought:
                if (hasText) AddText(choice, kind, ref text);
                if (hasContent) AddTexts(choice, kind, ref content);
                break;
            case StepKind.Call:
                if (fragment.Name is not null) _interactionCalls++;
                else fragment.Id = null;
                fragment.ProviderIndex = Math.Max(0, _interactionCalls - 1);
                if (hasArguments) GeminiCalls.ReadArguments(ref fragment, ref arguments, new ArrayBufferWriter<byte>());
                // The start of a step has an empty object instead of the arguments, which follow.
                if (fragment.Arguments.SequenceEqual("{}"u8)) fragment.Arguments = default;
                choice.AddToolCall(fragment);
                break;
        }

        if (!hasSignature || !signature.HasText()) return;
        var signed = new TextReasoningContent("") { ProtectedData = signature.Decode() };
        choice.AddContent(signed, signature.ValueSpan.Length);
    }

    private static StepKind ReadKind(ref Utf8JsonReader reader)
    {
        reader.Read();
        StepKind kind = reader.TokenType != JsonTokenType.String ? StepKind.Other
            : reader.Is("text"u8) || reader.Is("model_output"u8) ? StepKind.Text
            : reader.Is("thought"u8) || reader.Is("thought_summary"u8) || reader.Is("thought_signature"u8) ? StepKind.Thought
            : reader.Is("function_call"u8) || reader.Is("arguments_delta"u8) ? StepKind.Call
            : StepKind.Other;
        reader.Skip();
        return kind;
    }

    /// <summary>A list of texts, or one text.</summary>
    private static void AddTexts(ChoiceBuilder choice, StepKind kind, ref Utf8JsonReader reader)
    {
        int depth = reader.CurrentDepth;
        if (reader.TokenType == JsonTokenType.String) AddText(choice, kind, ref reader);
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject)) return;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            bool isText = reader.TokenType == JsonTokenType.PropertyName && reader.Is("text"u8);
            if (!isText) continue;
            reader.Read();
            AddText(choice, kind, ref reader);
        }
    }

    private static void AddText(ChoiceBuilder choice, StepKind kind, ref Utf8JsonReader text)
    {
        if (text.TokenType != JsonTokenType.String) return;
        if (kind == StepKind.Thought) choice.AddReasoning(text.ValueSpan, text.ValueIsEscaped);
        else choice.AddText(text.ValueSpan, text.ValueIsEscaped);
    }
}
