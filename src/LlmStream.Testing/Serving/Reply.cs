using System.Diagnostics;
using System.Globalization;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;

namespace LlmStream.Testing.Serving;

/// <summary>A scripted answer to a request, or the rest of it if the request contains its beginning.</summary>
internal sealed class Reply
{
    /// <summary>The time at which all answers were created. Fixed, like the width of ids, so that byte offsets are reproducible.</summary>
    public const long Created = 1_700_000_000;

    private readonly AnswerContent _answer;
    private readonly string _text;
    private readonly string _echo = "";
    private readonly int _textStart;
    private readonly int _reasoningStart;

    public Reply(AnswerContent answer, ParsedRequest request, ContinuationBehavior continuation, ContinuationPoint point, int number)
    {
        _answer = answer;
        _text = answer.Text;
        Id = number.ToString("D8", CultureInfo.InvariantCulture);
        Model = answer.Model ?? request.Model;
        Choices = request.Choices;
        PromptTokens = request.Messages.Sum(message => Tokenizer.Count(message.Text));
        if (point.Kind is ContinuationKind.None) return;

        if (continuation.StartsOver)
        {
            _text = continuation.OtherText ?? answer.Text;
            return;
        }

        _reasoningStart = point.Reasoning;
        _textStart = ContinuationPoint.AlignToCharacter(_text, Math.Max(0, point.Text - continuation.Overlap));
        if (continuation.EchoesPrefix) _echo = _text[.._textStart];
        Debug.Assert(_textStart <= _text.Length && _reasoningStart <= answer.Reasoning.Length, "A continuation starts within the answer.");
    }

    public string Id { get; }

    public string Model { get; }

    public int Choices { get; }

    public int PromptTokens { get; }

    public string FinishReason => _answer.FinishReason;

    public bool HasFinish => _answer.HasFinish;

    public bool HasEndMarker => _answer.HasEndMarker;

    public bool? HasUsage => _answer.HasUsage;

    public bool HasReasoning => _reasoningStart < _answer.Reasoning.Length;

    public bool HasToolCalls => _answer.ToolCalls.Length > 0;

    public bool IsEndless => _answer.IsEndless;

    public IReadOnlyList<ScriptedToolCall> ToolCalls => _answer.ToolCalls;

    /// <summary>The deltas in the order in which providers send them: reasoning, text, tool calls, finish reason.</summary>
    public IEnumerable<ReplyDelta> GetDeltas()
    {
        int tokens = 0;
        yield return new ReplyDelta(ReplyDeltaKind.Start, "", tokens);
        foreach (string chunk in Split(_answer.Reasoning, _reasoningStart))
        {
            yield return new ReplyDelta(ReplyDeltaKind.Reasoning, chunk, tokens += Tokenizer.Count(chunk));
        }

        if (_echo.Length > 0) yield return new ReplyDelta(ReplyDeltaKind.Text, _echo, tokens += Tokenizer.Count(_echo));
        for (int start = _textStart; ; start = 0)
        {
            foreach (string chunk in Split(_text, start))
            {
                yield return new ReplyDelta(ReplyDeltaKind.Text, chunk, tokens += Tokenizer.Count(chunk));
            }

            if (!_answer.IsEndless) break;
        }

        for (int i = 0; i < _answer.ToolCalls.Length; i++)
        {
            ScriptedToolCall call = _answer.ToolCalls[i];
            yield return new ReplyDelta(ReplyDeltaKind.ToolCall, "", ++tokens) { ToolCall = call, ToolCallIndex = i };
            foreach (string chunk in Split(call.Arguments, 0))
            {
                tokens += Tokenizer.Count(chunk);
                yield return new ReplyDelta(ReplyDeltaKind.ToolArguments, chunk, tokens) { ToolCall = call, ToolCallIndex = i };
            }
        }

        if (_answer.HasFinish) yield return new ReplyDelta(ReplyDeltaKind.Finish, "", tokens);
    }

    private IEnumerable<string> Split(string text, int start) => Tokenizer.Split(text, start, _answer.TokensPerChunk);
}
