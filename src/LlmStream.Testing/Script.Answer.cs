using System.Globalization;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing;

// What the answer says.
public sealed partial class Script
{
    /// <summary>Streams the answer in chunks of so many tokens. Default: 1.</summary>
    /// <param name="tokens">Tokens a chunk: a word with the space before it, a CJK character, a mark, an emoji.</param>
    /// <returns>The new script.</returns>
    public Script InChunksOf(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        return LastAnswer(answer => answer with { TokensPerChunk = tokens });
    }

    /// <summary>Sends usage always. Default: as the dialect does, for OpenAI's only when the request asks for it.</summary>
    /// <returns>The new script.</returns>
    public Script WithUsage() => LastAnswer(answer => answer with { HasUsage = true });

    /// <summary>Never sends usage.</summary>
    /// <returns>The new script.</returns>
    public Script WithoutUsage() => LastAnswer(answer => answer with { HasUsage = false });

    /// <summary>Thinks aloud before the answer.</summary>
    /// <param name="reasoning">The text of the reasoning.</param>
    /// <returns>The new script.</returns>
    public Script WithReasoning(string reasoning)
    {
        ArgumentNullException.ThrowIfNull(reasoning);
        return LastAnswer(answer => answer with { Reasoning = reasoning });
    }

    /// <summary>Calls a tool after the text. Several calls come in the order of these methods.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="argumentsJson">Its arguments, as JSON; sent in fragments.</param>
    /// <param name="id">The call's id; <see langword="null"/> means <c>call_1</c>, <c>call_2</c> and so on.</param>
    /// <returns>The new script.</returns>
    public Script WithToolCall(string name, string argumentsJson, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(argumentsJson);
        return LastAnswer(answer => answer with
        {
            ToolCalls = answer.ToolCalls.Add(new ToolCallScript(
                id ?? string.Create(CultureInfo.InvariantCulture, $"call_{answer.ToolCalls.Length + 1}"), name, argumentsJson)),
        });
    }

    /// <summary>Ends with this finish reason. Default: <c>stop</c>, or <c>tool_calls</c> where there are some.</summary>
    /// <param name="reason">The value as it is sent, such as <c>length</c>; anything goes, <c>""</c> too.</param>
    /// <returns>The new script.</returns>
    public Script WithFinish(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return LastAnswer(answer => answer with { Finish = reason, HasFinish = true });
    }

    /// <summary>Ends without the chunk that has the finish reason.</summary>
    /// <returns>The new script.</returns>
    public Script WithoutFinish() => LastAnswer(answer => answer with { HasFinish = false });

    /// <summary>Ends without <c>[DONE]</c>. Nothing changes in dialects that have none.</summary>
    /// <returns>The new script.</returns>
    public Script WithoutDone() => LastAnswer(answer => answer with { HasDone = false });

    /// <summary>Answers as this model. Default: the one that the request names.</summary>
    /// <param name="model">The model's name.</param>
    /// <returns>The new script.</returns>
    public Script WithModel(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return LastAnswer(answer => answer with { Model = model });
    }

    /// <summary>When asked to continue, says what is there already once more, in one chunk, and goes on (Mistral).</summary>
    /// <returns>The new script.</returns>
    public Script EchoingPrefix() => Continuing(continuation => continuation with { EchoesPrefix = true });

    /// <summary>When asked to continue, begins some characters too early. Never in the middle of a surrogate pair.</summary>
    /// <param name="characters">How many UTF-16 code units are said again.</param>
    /// <returns>The new script.</returns>
    public Script Overlapping(int characters)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(characters);
        return Continuing(continuation => continuation with { Overlap = characters });
    }

    /// <summary>When asked to continue, begins anew.</summary>
    /// <param name="otherText">What it says then; <see langword="null"/> means the same text.</param>
    /// <returns>The new script.</returns>
    public Script StartingOver(string? otherText = null) => Continuing(continuation => continuation with { StartsOver = true, OtherText = otherText });

    /// <summary>Refuses a request whose last message is the assistant's with status 400. A user's message is answered.</summary>
    /// <param name="message">The error's message; <see langword="null"/> means Anthropic's.</param>
    /// <returns>The new script.</returns>
    public Script RefusingPrefill(string? message = null) => Continuing(continuation => continuation with { PrefillRefusal = message ?? Continuation.Refusal });

    /// <summary>Refuses a request whose last message is the assistant's with status 400, unless it has a flag (Mistral).</summary>
    /// <param name="flag"><c>prefix</c>, <c>partial</c> or <c>continue_final_message</c>.</param>
    /// <returns>The new script.</returns>
    public Script NeedingFlag(string flag)
    {
        ArgumentException.ThrowIfNullOrEmpty(flag);
        return Continuing(continuation => continuation with { NeededFlag = flag });
    }

    private Script Continuing(Func<Continuation, Continuation> change) => Last(step => step with { Continuation = change(step.Continuation) });
}
