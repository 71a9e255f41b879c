using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Interactions;

/// <content>What is done with an interaction in one piece, of which a part may have come as a stream.</content>
internal sealed partial class InteractionsSteps
{
    private int _mergedText;
    private int _mergedReasoning;

    /// <summary>
    /// Adds the steps of an interaction in one piece. Of a step that has come in part, what is missing is added; if it differs from what
    /// has come, it counts.
    /// </summary>
    public void MergeAll(ReadOnlySpan<byte> interaction)
    {
        using JsonDocument document = JsonFields.Parse(interaction);
        var known = new List<Step>(_all);
        foreach (JsonElement json in document.RootElement.Items("steps").Concat(document.RootElement.Items("outputs")))
        {
            if (json.ValueKind != JsonValueKind.Object || json.Text("type") is "user_input") continue;
            StepKind kind = KindOf(json.Text("type"));
            if (known.Find(step => step.Kind == kind) is { } step)
            {
                known.Remove(step);
                MergeWhole(step, json);
            }
            else
            {
                Begin(_all.Count, json);
                EndAll();
                _mergedText = LengthOf(ChoiceText.Text);
                _mergedReasoning = LengthOf(ChoiceText.Reasoning);
            }

            answer.EndEvent(); // keeps the order of the steps although they come in one event
        }
    }

    private void MergeWhole(Step step, JsonElement json)
    {
        switch (step.Kind)
        {
            case StepKind.Text:
                MergeContents(step, json, ChoiceText.Text, ref _mergedText);
                break;
            case StepKind.Thought:
                MergeContents(step, json, ChoiceText.Reasoning, ref _mergedReasoning);
                break;
            case StepKind.Call:
                MergeCall(step, json);
                break;
            default:
                if (!step.IsDone) step.Opaque = JsonNodes.FromElement(json) as JsonObject;
                break;
        }

        if (!step.IsDone) End(step);
    }

    private void MergeContents(Step step, JsonElement json, ChoiceText kind, ref int merged)
    {
        List<JsonElement> contents = [.. ContentsOf(json)];
        string whole = string.Concat(contents.Select(TextOf));
        int known = Math.Min(whole.Length, LengthOf(kind) - merged);
        bool isKnown = known == whole.Length && (known == 0 || Choice.TextOf(kind)!.Received(merged, known).SequenceEqual(whole));
        if (!isKnown) Choice.ReplaceEnd(kind, merged, whole);
        merged += whole.Length;

        foreach (JsonElement annotation in contents.SelectMany(AnnotationsOf).Skip(step.Annotations).ToList())
            AddAnnotation(step, annotation);
        if (step.Kind == StepKind.Text)
        {
            foreach (JsonElement media in contents.Where(IsMedia).Skip(step.Media).ToList()) AddMedia(step, media);
        }

        if (!step.IsSigned) AddSignature(step, json);
    }

    private void MergeCall(Step step, JsonElement json)
    {
        if (!step.IsNamed) AddCall(step, json);
        else AddCallSignature(step, json);
        // The pieces of arguments that have come to their end may have been formatted in another way.
        if (!step.IsDone) Choice.ReplaceArguments(step.Number, Encoding.UTF8.GetString(ArgumentsOf(json)));
    }

    private int LengthOf(ChoiceText kind) => answer.Choices.Count > 0 ? Choice.TextOf(kind)?.ReceivedLength ?? 0 : 0;

    private static bool IsMedia(JsonElement content) => content.ValueKind == JsonValueKind.Object && TextOf(content) is null;
}
