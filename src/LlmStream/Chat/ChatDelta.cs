using System.Diagnostics;
using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One increment of one choice of a streamed answer. Immutable.</summary>
/// <remarks>
/// A delta holds what is new since the delta before it. Applied in order, as
/// <c>answer = answer[..delta.TextOffset] + delta.Text</c>, the deltas of a choice give its whole text. Because every
/// delta states where its text begins, applying one twice has no effect, and text that the server rewrites is replaced.
/// </remarks>
/// <example>
/// <code>
/// await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI))
/// {
///     Console.Write(delta.Text);
/// }
/// </code>
/// </example>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public sealed class ChatDelta
{
    // Null stands for the default, so that the constructor does not write a value that the initializer overwrites.
    private readonly string? _text;

    // What it holds besides text, so that deltas stay small: most hold only text, or only one other member. Null; the reasoning, a string,
    // if it is the only other member; the only fragment of a tool call, alone or in a list; or UncommonMembers with all of them.
    private object? _others;

    // Its ChatStreamInfo if the choice is 0, as it nearly always is; else a DeltaOrigin, which the deltas of a choice share; or null.
    private object? _origin;

    /// <summary>Creates an empty delta, to be filled by an object initializer.</summary>
    public ChatDelta()
    {
    }

    /// <summary>
    /// Copies a delta, to be changed by an object initializer. Operators copy only with this constructor, so that a member added to
    /// <see cref="UncommonMembers"/> is kept by all of them.
    /// </summary>
    internal ChatDelta(string text, int textOffset, int reasoningOffset, object origin)
    {
        _text = text;
        _origin = origin;
        TextOffset = textOffset;
        ReasoningOffset = reasoningOffset;
    }

    internal ChatDelta(ChatDelta other)
    {
        _others = other._others is UncommonMembers uncommon ? uncommon.Clone() : other._others;
        _origin = other._origin;
        Text = other.Text;
        TextOffset = other.TextOffset;
        ReasoningOffset = other.ReasoningOffset;
    }

    /// <summary>The choice that this delta belongs to, from 0. Always 0 unless several choices were requested.</summary>
    public int ChoiceIndex
    {
        get => (_origin as DeltaOrigin)?.ChoiceIndex ?? 0;
        init
        {
            if (value != ChoiceIndex) _origin = DeltaOrigin.Create(value, Stream);
        }
    }

    /// <summary>The author's role. Set on the first delta of a choice, <see langword="null"/> on those after it.</summary>
    public ChatRole? Role
    {
        get => Uncommon?.Role;
        init
        {
            if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().Role = value;
        }
    }

    /// <summary>The new text, or <c>""</c> if there is none. Never ends between the halves of a surrogate pair.</summary>
    public string Text { get => _text ?? ""; init => _text = value; }

    /// <summary>
    /// Where <see cref="Text"/> begins in the choice's text, in UTF-16 code units. Less than the length of the text so far if the
    /// server rewrote what it had sent, or if the answer was restarted.
    /// </summary>
    public int TextOffset { get; init; }

    /// <summary>The new reasoning (what the model thinks before it answers), or <c>""</c> if there is none.</summary>
    public string Reasoning { get => ReasoningChange ?? ""; init => ReasoningChange = value; }

    /// <summary>Where <see cref="Reasoning"/> begins in the choice's reasoning, as <see cref="TextOffset"/> for the text.</summary>
    public int ReasoningOffset { get; init; }

    /// <summary>The new text of a refusal, or <c>""</c> if there is none.</summary>
    public string Refusal { get => RefusalChange ?? ""; init => RefusalChange = value; }

    /// <summary>
    /// <see cref="Refusal"/>, or null if the delta says nothing about the refusal. <c>""</c> shortens it to <see cref="RefusalOffset"/>.
    /// </summary>
    internal string? RefusalChange
    {
        get => Uncommon?.Refusal;
        init
        {
            if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().Refusal = value;
        }
    }

    /// <summary>Where <see cref="Refusal"/> begins in the choice's refusal, as <see cref="TextOffset"/> for the text.</summary>
    public int RefusalOffset
    {
        get => Uncommon?.RefusalOffset ?? 0;
        init
        {
            if (value != 0 || _others is UncommonMembers) GetOrCreateUncommon().RefusalOffset = value;
        }
    }

    /// <summary>The new fragments of tool calls, in the order of arrival; empty if there are none.</summary>
    public IReadOnlyList<ToolCallDelta> ToolCalls
    {
        get => _others switch
        {
            null or string => [],
            // The list is kept. If two threads create it at the same time, either will do.
            ToolCallDelta call => (SingleToolCall)(_others = new SingleToolCall(call)),
            SingleToolCall list => list,
            var others => ((UncommonMembers)others).ToolCalls ?? [],
        };
        init
        {
            if (_others is ToolCallDelta or SingleToolCall) _others = null; // of the delta that it is a copy of
            if (_others is null && value is [var call]) _others = call;
            else if (value is { Count: > 0 } || _others is UncommonMembers) GetOrCreateUncommon().ToolCalls = value;
        }
    }

    /// <summary>
    /// Why the choice ended, or <see langword="null"/> while it has not. An open set: a value that only one provider uses is passed
    /// on as it was sent.
    /// </summary>
    public ChatFinishReason? FinishReason
    {
        get => Uncommon?.FinishReason;
        init
        {
            if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().FinishReason = value;
        }
    }

    /// <summary>
    /// The tokens spent so far: the provider's latest totals, never a sum over deltas; <see langword="null"/> if this delta has none.
    /// If a provider repeats running totals on every chunk of text, they are reported with the finish reason or at the end; if such
    /// a stream is cut off, the latest totals are in <see cref="ChatStreamException.Partial"/>.
    /// </summary>
    public UsageDetails? Usage
    {
        get => Uncommon?.Usage;
        init
        {
            if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().Usage = value;
        }
    }

    /// <summary>
    /// New content that has no property here, in the order of arrival; empty if there is none:
    /// the signature of the reasoning before it (a <see cref="TextReasoningContent"/> with
    /// <see cref="TextReasoningContent.ProtectedData"/>), citations (<see cref="AIContent.Annotations"/> of an empty text), images and
    /// other data (<see cref="DataContent"/>), and the calls and results of tools that the provider runs.
    /// <see cref="ChatStreamResult.ToChatMessage"/> keeps it, to be sent back.
    /// </summary>
    public IReadOnlyList<AIContent> OtherContents
    {
        get => Uncommon?.OtherContents ?? [];
        init
        {
            if (value is { Count: > 0 } || _others is UncommonMembers) GetOrCreateUncommon().OtherContents = value;
        }
    }

    /// <summary>
    /// The event that this delta was read from, or <see langword="null"/>. Kept only if <see cref="ChatReadOptions.KeepRaw"/>
    /// is set, and then on the first delta of each event. An event without content has an otherwise empty delta.
    /// </summary>
    public ChatRawEvent? Raw
    {
        get => Uncommon?.Raw;
        init
        {
            if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().Raw = value;
        }
    }

    /// <summary>Set on the first delta after a resume: where the stream had broken off, and how it continues.</summary>
    public ChatSeam? Seam
    {
        get => Uncommon?.Seam;
        init
        {
            if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().Seam = value;
        }
    }

    /// <summary>What is known of the response as a whole. One object, shared by the deltas of a response.</summary>
    public ChatStreamInfo Stream
    {
        get => _origin as ChatStreamInfo ?? (_origin as DeltaOrigin)?.Stream ?? ChatStreamInfo.Unknown;
        init => _origin = DeltaOrigin.Create(ChoiceIndex, value);
    }

    /// <summary><see cref="Stream"/> and <see cref="ChoiceIndex"/> as <see cref="DeltaOrigin.Create"/> returned them.</summary>
    internal object Origin { init => _origin = value; }

    /// <summary>The only fragment of a tool call, if the delta holds nothing else; otherwise null. Creates no list.</summary>
    internal ToolCallDelta? OnlyToolCall
    {
        get => _others as ToolCallDelta ?? (_others as SingleToolCall)?.Call;
        init
        {
            Debug.Assert(_others is null, "Nothing else was set");
            _others = value;
        }
    }

    /// <summary>
    /// <see cref="Reasoning"/>, or null if the delta says nothing about the reasoning. <c>""</c> shortens it to
    /// <see cref="ReasoningOffset"/>.
    /// </summary>
    internal string? ReasoningChange
    {
        get => _others as string ?? Uncommon?.Reasoning;
        init
        {
            if (_others is null or string) _others = value;
            else if (value is not null || _others is UncommonMembers) GetOrCreateUncommon().Reasoning = value;
        }
    }

    /// <summary>
    /// Whether it holds any part of the answer: text, reasoning, refusal, tool calls, other contents or the finish reason. A role,
    /// usage, a seam or a raw event is not content: a provider may send those and then fail before the answer begins.
    /// </summary>
    internal bool HasContent => Text.Length > 0 || HasContentBesidesText;

    /// <summary>The same without the text, for callers that replace the text.</summary>
    internal bool HasContentBesidesText => _others is UncommonMembers uncommon ? uncommon.HasContent : _others is not null;

    /// <summary>
    /// Whether it holds anything of its choice: content or the role. Otherwise it concerns the response as a whole (usage, a raw
    /// event), and <see cref="ChoiceIndex"/> has no meaning.
    /// </summary>
    internal bool BelongsToChoice => HasContent || Role is not null;

    /// <summary>
    /// Whether it holds output of the model that is not empty: text, reasoning, refusal or tool calls. Used to measure when output begins,
    /// so that, unlike for <see cref="HasContent"/>, neither a finish reason nor other contents (such as a signature) count.
    /// </summary>
    internal bool HasOutput =>
        Text.Length > 0 || Reasoning.Length > 0 || Refusal.Length > 0 || OnlyToolCall is not null || ToolCalls.Count > 0;

    /// <summary>
    /// Whether it holds nothing but text, so that it can be dropped if its text is held back. May be false for a copy whose other
    /// members were all reset.
    /// </summary>
    internal bool IsTextOnly => _others is null;

    /// <summary>Whether it holds nothing but text and reasoning. May be false for a copy whose other members were all reset.</summary>
    internal bool IsTextAndReasoningOnly => _others is null or string;

    /// <summary>Whether it holds nothing but text, reasoning and tool calls.</summary>
    internal bool IsTextReasoningAndToolCallsOnly =>
        _others is not UncommonMembers uncommon || uncommon.IsReasoningAndToolCallsOnly;

    /// <summary>
    /// One of several deltas into which this one is divided. The first holds everything except what ends a choice (finish reason
    /// and usage), which the last holds.
    /// </summary>
    internal ChatDelta Slice(string text, int offset, bool isFirst, bool isLast) => isFirst
        ? new ChatDelta(this)
        {
            Text = text,
            TextOffset = offset,
            FinishReason = isLast ? FinishReason : null,
            Usage = isLast ? Usage : null,
        }
        : new ChatDelta
        {
            ChoiceIndex = ChoiceIndex,
            Text = text,
            TextOffset = offset,
            ReasoningOffset = ReasoningOffset + Reasoning.Length,
            RefusalOffset = RefusalOffset + Refusal.Length,
            FinishReason = isLast ? FinishReason : null,
            Usage = isLast ? Usage : null,
            Stream = Stream,
        };

    /// <summary>A delta of the same choice that holds this text and nothing else.</summary>
    internal ChatDelta WithOnlyText(string text, int offset) => Slice(text, offset, isFirst: false, isLast: false);

    private string DebuggerDisplay =>
        $"[{ChoiceIndex}] @{TextOffset} \"{Text}\""
        + (Reasoning.Length == 0 ? "" : " (reasoning)") + (FinishReason is { } finish ? $" → {finish.Value}" : "");

    private UncommonMembers? Uncommon => _others as UncommonMembers;

    private UncommonMembers GetOrCreateUncommon()
    {
        if (_others is UncommonMembers known) return known;
        var uncommon = new UncommonMembers { Reasoning = _others as string };
        if (OnlyToolCall is { } call) uncommon.ToolCalls = [call];
        _others = uncommon;
        return uncommon;
    }

    private sealed class UncommonMembers
    {
        public string? Reasoning;
        public ChatRole? Role;
        public string? Refusal;
        public int RefusalOffset;
        public IReadOnlyList<ToolCallDelta>? ToolCalls;
        public ChatFinishReason? FinishReason;
        public UsageDetails? Usage;
        public ChatSeam? Seam;
        public IReadOnlyList<AIContent>? OtherContents;
        public ChatRawEvent? Raw;

        public bool HasContent =>
            Reasoning is not null || Refusal is not null || ToolCalls is { Count: > 0 } || FinishReason is not null
            || OtherContents is { Count: > 0 };

        /// <summary>Whether only tool calls, or also reasoning, are set. A new member must be added here.</summary>
        public bool IsReasoningAndToolCallsOnly =>
            ToolCalls is { Count: > 0 } && Role is null && Refusal is null && RefusalOffset == 0 && FinishReason is null && Usage is null
            && Seam is null && OtherContents is not { Count: > 0 } && Raw is null;

        public UncommonMembers Clone() => (UncommonMembers)MemberwiseClone();
    }
}
