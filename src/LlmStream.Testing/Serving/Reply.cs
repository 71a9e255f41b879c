using System.Globalization;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Serving;

/// <summary>A scripted answer, from the character on at which the request asks for it.</summary>
internal sealed class Reply
{
    // A fixed time and ids of a fixed width: the same request gives the same bytes, so that offsets mean something.
    public const long Created = 1_700_000_000;

    private readonly AnswerContent _answer;
    private readonly string _text;
    private readonly string _echo = "";
    private readonly int _textFrom;
    private readonly int _reasoningFrom;

    public Reply(AnswerContent answer, Asked asked, Continuation continuation, ContinuationPoint point, int number)
    {
        _answer = answer;
        _text = answer.Text;
        Id = number.ToString("D8", CultureInfo.InvariantCulture);
        Model = answer.Model ?? asked.Model;
        Choices = asked.Choices;
        PromptTokens = asked.Messages.Sum(message => Tokens.Count(message.Text));
        if (point.Kind is ContinuationKind.None) return;

        if (continuation.StartsOver)
        {
            _text = continuation.OtherText ?? answer.Text;
            return;
        }

        _reasoningFrom = point.Reasoning;
        _textFrom = ContinuationPoint.Whole(_text, Math.Max(0, point.Text - continuation.Overlap));
        if (continuation.EchoesPrefix) _echo = _text[.._textFrom];
    }

    public string Id { get; }

    public string Model { get; }

    public int Choices { get; }

    public int PromptTokens { get; }

    public string FinishReason => _answer.FinishReason;

    public bool HasFinish => _answer.HasFinish;

    public bool HasDone => _answer.HasDone;

    public bool? HasUsage => _answer.HasUsage;

    public bool HasReasoning => _reasoningFrom < _answer.Reasoning.Length;

    public bool HasTools => _answer.ToolCalls.Length > 0;

    public bool IsEndless => _answer.Endless;

    public IReadOnlyList<ToolCallScript> ToolCalls => _answer.ToolCalls;

    /// <summary>The answer, step by step, in the order in which providers send it: reasoning, text, tool calls, finish.</summary>
    public IEnumerable<ReplyStep> Steps()
    {
        int tokens = 0;
        yield return new ReplyStep(ReplyStepKind.Start, "", tokens);
        foreach (string chunk in Chunks(_answer.Reasoning, _reasoningFrom))
        {
            yield return new ReplyStep(ReplyStepKind.Reasoning, chunk, tokens += Tokens.Count(chunk));
        }

        if (_echo.Length > 0) yield return new ReplyStep(ReplyStepKind.Text, _echo, tokens += Tokens.Count(_echo));
        for (int from = _textFrom; ; from = 0)
        {
            foreach (string chunk in Chunks(_text, from))
            {
                yield return new ReplyStep(ReplyStepKind.Text, chunk, tokens += Tokens.Count(chunk));
            }

            if (!_answer.Endless) break;
        }

        for (int index = 0; index < _answer.ToolCalls.Length; index++)
        {
            ToolCallScript tool = _answer.ToolCalls[index];
            yield return new ReplyStep(ReplyStepKind.ToolCall, "", ++tokens) { Tool = tool, ToolIndex = index };
            foreach (string chunk in Chunks(tool.Arguments, 0))
            {
                yield return new ReplyStep(ReplyStepKind.ToolArguments, chunk, tokens += Tokens.Count(chunk)) { Tool = tool, ToolIndex = index };
            }
        }

        if (_answer.HasFinish) yield return new ReplyStep(ReplyStepKind.Finish, "", tokens);
    }

    private IEnumerable<string> Chunks(string text, int from) => Tokens.Chunks(text, from, _answer.TokensPerChunk);
}
