using System.Globalization;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing;

// The content of an answer, and how answers are continued.
public sealed partial class Script
{
    /// <summary>Streams the answer in chunks of several tokens. Default: 1.</summary>
    /// <param name="tokens">Tokens per chunk. A token is a word with the space before it, a CJK character, a punctuation mark or an
    /// emoji.</param>
    /// <returns>The new script.</returns>
    public Script InChunksOf(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        return ChangeAnswer(answer => answer with { TokensPerChunk = tokens });
    }

    /// <summary>Always sends usage. Default: as in the dialect; in OpenAI's, only if the request asks for it.</summary>
    /// <returns>The new script.</returns>
    public Script WithUsage() => ChangeAnswer(answer => answer with { HasUsage = true });

    /// <summary>Never sends usage.</summary>
    /// <returns>The new script.</returns>
    public Script WithoutUsage() => ChangeAnswer(answer => answer with { HasUsage = false });

    /// <summary>Sends reasoning before the text.</summary>
    /// <param name="reasoning">The text of the reasoning.</param>
    /// <returns>The new script.</returns>
    public Script WithReasoning(string reasoning)
    {
        ArgumentNullException.ThrowIfNull(reasoning);
        return ChangeAnswer(answer => answer with { Reasoning = reasoning });
    }

    /// <summary>Sends a tool call after the text. May be repeated.</summary>
    /// <param name="name">The name of the tool.</param>
    /// <param name="argumentsJson">The arguments as JSON, sent in fragments.</param>
    /// <param name="id">The id of the call; <see langword="null"/> means <c>call_1</c>, <c>call_2</c> and so on.</param>
    /// <returns>The new script.</returns>
    public Script WithToolCall(string name, string argumentsJson, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(argumentsJson);
        return ChangeAnswer(answer => answer with
        {
            ToolCalls = answer.ToolCalls.Add(new ScriptedToolCall(
                id ?? string.Create(CultureInfo.InvariantCulture, $"call_{answer.ToolCalls.Length + 1}"), name, argumentsJson)),
        });
    }

    /// <summary>Sends this finish reason. Default: <c>stop</c>, or <c>tool_calls</c> if there are any.</summary>
    /// <param name="reason">The finish reason in OpenAI's terms, such as <c>length</c>; any other value is sent unchanged.</param>
    /// <returns>The new script.</returns>
    public Script WithFinishReason(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return ChangeAnswer(answer => answer with { ScriptedFinishReason = reason, HasFinish = true });
    }

    /// <summary>Omits the chunk with the finish reason.</summary>
    /// <returns>The new script.</returns>
    public Script WithoutFinishReason() => ChangeAnswer(answer => answer with { HasFinish = false });

    /// <summary>Omits the end marker, such as <c>[DONE]</c>. Has no effect in dialects without one.</summary>
    /// <returns>The new script.</returns>
    public Script WithoutEndMarker() => ChangeAnswer(answer => answer with { HasEndMarker = false });

    /// <summary>Answers as this model. Default: the model of the request.</summary>
    /// <param name="model">The name of the model.</param>
    /// <returns>The new script.</returns>
    public Script WithModel(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ChangeAnswer(answer => answer with { Model = model });
    }

    /// <summary>When continuing a partial answer, repeats all of it in one chunk first, as Mistral does.</summary>
    /// <returns>The new script.</returns>
    public Script EchoingPrefix() => ChangeContinuation(behavior => behavior with { EchoesPrefix = true });

    /// <summary>When continuing a partial answer, repeats its last characters. Never splits a surrogate pair.</summary>
    /// <param name="characters">The number of UTF-16 code units to repeat.</param>
    /// <returns>The new script.</returns>
    public Script Overlapping(int characters)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(characters);
        return ChangeContinuation(behavior => behavior with { Overlap = characters });
    }

    /// <summary>When asked to continue a partial answer, answers from the beginning.</summary>
    /// <param name="otherText">The text of that answer; <see langword="null"/> means the same text.</param>
    /// <returns>The new script.</returns>
    public Script StartingOver(string? otherText = null) =>
        ChangeContinuation(behavior => behavior with { StartsOver = true, OtherText = otherText });

    /// <summary>Refuses requests that end with an assistant message with status 400. Instructions to continue are answered.</summary>
    /// <param name="message">The error message; <see langword="null"/> means Anthropic's.</param>
    /// <returns>The new script.</returns>
    public Script RefusingPrefill(string? message = null) =>
        ChangeContinuation(behavior => behavior with { PrefillRefusal = message ?? ContinuationBehavior.DefaultPrefillRefusal });

    /// <summary>Refuses requests that end with an assistant message without this flag with status 400, as Mistral does.</summary>
    /// <param name="flag"><c>prefix</c>, <c>partial</c> or <c>continue_final_message</c>.</param>
    /// <returns>The new script.</returns>
    public Script RequiringFlag(string flag)
    {
        ArgumentException.ThrowIfNullOrEmpty(flag);
        return ChangeContinuation(behavior => behavior with { RequiredFlag = flag });
    }

    private Script ChangeContinuation(Func<ContinuationBehavior, ContinuationBehavior> change) =>
        ChangeStep(step => step with { Continuation = change(step.Continuation) });
}
