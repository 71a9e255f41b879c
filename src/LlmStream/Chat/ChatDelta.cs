using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One step of one choice of an answer that is still being written. Immutable.</summary>
/// <remarks>
/// A delta says what is new since the one before it. Applied in order, as
/// <c>answer = answer[..delta.TextOffset] + delta.Text</c>, the deltas of a choice give its whole text; because every
/// delta says where its text begins, applying one twice does no harm, and a server that takes back what it said is
/// followed truthfully.
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
    // What a plain chunk of text does not have stands in an object of its own, so that such a chunk stays small.
    private Rare? _rare;

    // Not set where they have their defaults, which would be written once for each delta, and then overwritten.
    private readonly string? _text;
    private readonly ChatStreamInfo? _stream;

    /// <summary>Makes a delta that says nothing but what its initializer says.</summary>
    public ChatDelta()
    {
    }

    /// <summary>
    /// Copies a delta, to be changed by an initializer. The only way in which operators copy: a member that is added to
    /// <see cref="Rare"/> is kept by all of them.
    /// </summary>
    internal ChatDelta(ChatDelta other)
    {
        _rare = other._rare?.Clone();
        ChoiceIndex = other.ChoiceIndex;
        Text = other.Text;
        TextOffset = other.TextOffset;
        Reasoning = other.Reasoning;
        ReasoningOffset = other.ReasoningOffset;
        Stream = other.Stream;
    }

    /// <summary>The choice that this step belongs to, from 0. Always 0 unless several choices were asked for.</summary>
    public int ChoiceIndex { get; init; }

    /// <summary>Who speaks. Set on the first delta of a choice, and <see langword="null"/> after it.</summary>
    public ChatRole? Role
    {
        get => _rare?.Role;
        init
        {
            if (value is not null || _rare is not null) MakeRare().Role = value;
        }
    }

    /// <summary>The new text, or <c>""</c> when this step brought none. Never ends between the halves of a surrogate pair.</summary>
    public string Text { get => _text ?? ""; init => _text = value; }

    /// <summary>
    /// Where <see cref="Text"/> begins in the choice's answer, in UTF-16 code units. Less than the length of the text
    /// so far when the server rewrote what it had sent, or when an answer was started over.
    /// </summary>
    public int TextOffset { get; init; }

    /// <summary>What the model thinks aloud before it answers, or <see langword="null"/> when this step brought none.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Where <see cref="Reasoning"/> begins in the choice's reasoning, in UTF-16 code units.</summary>
    public int ReasoningOffset { get; init; }

    /// <summary>The text of a refusal, or <see langword="null"/> when this step brought none.</summary>
    public string? Refusal
    {
        get => _rare?.Refusal;
        init
        {
            if (value is not null || _rare is not null) MakeRare().Refusal = value;
        }
    }

    /// <summary>Where <see cref="Refusal"/> begins in the choice's refusal, in UTF-16 code units.</summary>
    public int RefusalOffset
    {
        get => _rare?.RefusalOffset ?? 0;
        init
        {
            if (value != 0 || _rare is not null) MakeRare().RefusalOffset = value;
        }
    }

    /// <summary>Fragments of tool calls, in the order they came; empty when this step brought none.</summary>
    public IReadOnlyList<ToolCallDelta> ToolCalls
    {
        get => _rare?.ToolCalls ?? [];
        init
        {
            if (value is { Count: > 0 } || _rare is not null) MakeRare().ToolCalls = value;
        }
    }

    /// <summary>
    /// Why the choice ended, or <see langword="null"/> while it has not. An open set: what a provider invents is passed
    /// on as it was sent.
    /// </summary>
    public ChatFinishReason? FinishReason
    {
        get => _rare?.FinishReason;
        init
        {
            if (value is not null || _rare is not null) MakeRare().FinishReason = value;
        }
    }

    /// <summary>
    /// The tokens spent so far: the provider's latest figures, never a sum, or <see langword="null"/> when this step
    /// brought none. Providers that repeat running counts on every chunk of text have them passed on with the finish
    /// reason or at the end; what is known when a stream is cut stands in <see cref="ChatStreamException.Partial"/>.
    /// </summary>
    public UsageDetails? Usage
    {
        get => _rare?.Usage;
        init
        {
            if (value is not null || _rare is not null) MakeRare().Usage = value;
        }
    }

    /// <summary>
    /// What this step brought that has no property of its own here, in the order in which it came; empty when there was nothing:
    /// the signature of the reasoning before it (a <see cref="TextReasoningContent"/> with <see cref="TextReasoningContent.ProtectedData"/>),
    /// citations (<see cref="AIContent.Annotations"/> of an empty text), images and other data (<see cref="DataContent"/>), and
    /// what tools of the provider's own did. <see cref="ChatStreamResult.ToChatMessage"/> keeps it, to be sent back.
    /// </summary>
    public IReadOnlyList<AIContent> OtherContents
    {
        get => _rare?.OtherContents ?? [];
        init
        {
            if (value is { Count: > 0 } || _rare is not null) MakeRare().OtherContents = value;
        }
    }

    /// <summary>
    /// The event that this step was read from, or <see langword="null"/>: kept only where <see cref="ChatReadOptions.KeepRaw"/>
    /// asks for it, and then on the first delta of each event. One that says nothing has a delta that says nothing.
    /// </summary>
    public ChatRawEvent? Raw
    {
        get => _rare?.Raw;
        init
        {
            if (value is not null || _rare is not null) MakeRare().Raw = value;
        }
    }

    /// <summary>Set on the first delta after a resume: where the stream had broken, and how it goes on.</summary>
    public ChatSeam? Seam
    {
        get => _rare?.Seam;
        init
        {
            if (value is not null || _rare is not null) MakeRare().Seam = value;
        }
    }

    /// <summary>What is known of the response as a whole. One object, shared by its deltas.</summary>
    public ChatStreamInfo Stream { get => _stream ?? ChatStreamInfo.Unknown; init => _stream = value; }

    /// <summary>Whether there is anything in it besides its text: a delta that has, may not be dropped with its text.</summary>
    internal bool HasMoreThanText => _rare is not null || Reasoning is not null;

    /// <summary>Whether there is nothing in it but text and reasoning.</summary>
    internal bool IsPlain => _rare is null;

    /// <summary>Whether there is nothing in it but text, reasoning, and tool calls.</summary>
    internal bool HasOnlyToolCalls => _rare is null || _rare.IsOnly(ToolCalls);

    /// <summary>
    /// One of the deltas into which this one is divided. The first has everything but what ends a choice, the last has that:
    /// its finish reason and its usage.
    /// </summary>
    internal ChatDelta Part(string text, int offset, bool isFirst, bool isLast) => isFirst
        ? new ChatDelta(this) { Text = text, TextOffset = offset, FinishReason = isLast ? FinishReason : null, Usage = isLast ? Usage : null }
        : new ChatDelta
        {
            ChoiceIndex = ChoiceIndex,
            Text = text,
            TextOffset = offset,
            ReasoningOffset = ReasoningOffset + (Reasoning?.Length ?? 0),
            FinishReason = isLast ? FinishReason : null,
            Usage = isLast ? Usage : null,
            Stream = Stream,
        };

    /// <summary>A delta of the same choice that brings this text and nothing else.</summary>
    internal ChatDelta Piece(string text, int offset) => Part(text, offset, isFirst: false, isLast: false);

    private string DebuggerDisplay =>
        $"[{ChoiceIndex}] @{TextOffset} \"{Text}\"{(Reasoning is null ? "" : " (reasoning)")}{(FinishReason is { } f ? $" → {f.Value}" : "")}";

    private Rare MakeRare() => _rare ??= new Rare();

    private sealed class Rare
    {
        public ChatRole? Role;
        public string? Refusal;
        public int RefusalOffset;
        public IReadOnlyList<ToolCallDelta>? ToolCalls;
        public ChatFinishReason? FinishReason;
        public UsageDetails? Usage;
        public ChatSeam? Seam;
        public IReadOnlyList<AIContent>? OtherContents;
        public ChatRawEvent? Raw;

        public Rare Clone() => (Rare)MemberwiseClone();

        /// <summary>Whether nothing else is set. A member that is added must be added here.</summary>
        public bool IsOnly(IReadOnlyList<ToolCallDelta> toolCalls) =>
            toolCalls.Count > 0 && Role is null && Refusal is null && RefusalOffset == 0 && FinishReason is null && Usage is null && Seam is null
            && OtherContents is not { Count: > 0 } && Raw is null;
    }
}
