using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Chat;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>One choice while it is streamed: what came so far, and the pending changes, which the current event added.</summary>
internal sealed partial class ChoiceBuilder(int index, ChatTextMode mode, ChatReadOptions options, TemplateRecorder recorder)
{
    private readonly ContentOrder _order = new();
    private TextChannel _text;
    private TextChannel _reasoning;
    private TextChannel _refusal;
    private ToolCallList? _tools;
    private List<AIContent>? _others;
    private HashSet<string>? _contentKeys;
    private int _otherSize;
    private ChatRole? _role;

    // Pending changes besides those of the texts and the tool calls.
    private List<AIContent>? _newOthers;
    private bool _roleIsNew;
    private bool _finishIsNew;

    // What the current event added or repeated.
    private bool _eventHasText;
    private bool _eventHasReasoning;
    private bool _eventHasRefusal;
    private bool _eventHasCalls;
    private bool _wasFinished; // before the current event

    public int Index { get; } = index;

    /// <summary>The finish reason as the provider sent it last.</summary>
    public string? ProviderFinish { get; private set; }

    public ChatFinishReason? FinishReason { get; private set; }

    public bool IsFinished => ProviderFinish is not null;

    /// <summary>Whether any delta of the choice was emitted. A choice of which nothing was is not part of a partial answer.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether text or a tool call has followed the finish reason, which therefore did not mark the end of the choice.</summary>
    public bool IsReopened { get; private set; }

    public bool HasToolCalls => _tools is { Count: > 0 };

    /// <summary>The number of tool calls that are shown.</summary>
    public int CallCount => _tools?.Count ?? 0;

    /// <summary>
    /// Whether the arguments of a tool call end in the middle. They may if the finish reason says that the answer was cut off, by the
    /// token limit or by a filter.
    /// </summary>
    public bool HasOpenCall =>
        _tools is not null && FinishReason != ChatFinishReason.Length && FinishReason != ChatFinishReason.ContentFilter
        && _tools.HasOpenArguments;

    /// <summary>Whether any <see cref="ChatDelta.OtherContents"/> came.</summary>
    public bool HasContents => _others is not null;

    /// <summary>Whether the chunks are known to hold the whole text so far.</summary>
    public bool IsTextCumulative => _text.Text is { } text ? text.IsCumulative : mode == ChatTextMode.Cumulative;

    /// <summary>The emitted length of the text, in UTF-16 code units.</summary>
    public int TextLength => _text.Length;

    /// <summary>Whether the current event asked for the choice in order to change it.</summary>
    public bool IsEdited { get; set; }

    /// <summary>Whether there are pending changes.</summary>
    public bool HasChanges => _text.HasChanges || _reasoning.HasChanges || HasChangesBesideText;

    /// <summary>Whether the changes are text or reasoning without a finish reason: more text is likely to follow.</summary>
    public bool IsMidText => (_text.HasChanges || _reasoning.HasChanges) && !_finishIsNew;

    /// <summary>Whether there are pending changes besides the role, which says nothing about the answer.</summary>
    public bool HasChangesBesideRole => _text.HasChanges || _reasoning.HasChanges || HasChangesBesideTextAndRole;

    private bool HasChangesBesideText => _roleIsNew || HasChangesBesideTextAndRole;

    private bool HasChangesBesideTextAndRole =>
        _refusal.HasChanges || _tools is { HasChanges: true } || _newOthers is not null || _finishIsNew;

    private GrowingText Text => _text.Text ?? _text.Open(mode, options.MaxAnswerCharacters, "The text");

    private GrowingText Reasoning => _reasoning.Text ?? _reasoning.Open(mode, options.MaxAnswerCharacters, "The reasoning");

    /// <summary>Sets the role. The first one counts: many providers repeat it in every chunk.</summary>
    public void SetRole(ChatRole role)
    {
        recorder.BindToChoice();
        if (_role is not null) return;
        _role = role;
        _roleIsNew = true;
    }

    /// <summary>Sets the role to the string that the reader is on. Any other value, and a blank string, is no role.</summary>
    public void SetRole(ref Utf8JsonReader reader)
    {
        if (!reader.HasName()) return;
        if (_role is null) SetRole(reader.Is("assistant"u8) ? ChatRole.Assistant : new ChatRole(reader.Decode()));
        else recorder.BindToChoice();
    }

    /// <inheritdoc cref="TemplateRecorder.Ignore"/>
    public void Ignore(ref Utf8JsonReader reader) => recorder.Ignore(ref reader);

    /// <summary>Adds the string that the reader is on to the text.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="isWhole">Whether it is the text of a complete message, which repeats the deltas, if there were any.</param>
    public void AddText(ref Utf8JsonReader reader, bool isWhole = false) =>
        AddText(reader.ValueSpan, reader.ValueIsEscaped, isWhole, (int)reader.TokenStartIndex + 1);

    /// <summary>Adds several joined strings to the text.</summary>
    public void AddText(in JoinedText text, bool isWhole = false) => AddText(text.Raw, text.IsEscaped, isWhole, text.Start);

    /// <summary>Adds the raw bytes of a JSON string to the text.</summary>
    /// <param name="raw">The bytes between the quotation marks.</param>
    /// <param name="escaped">Whether they contain a backslash.</param>
    /// <param name="isWhole">Whether it is the text of a complete message, which repeats the deltas, if there were any.</param>
    /// <param name="start">Their offset in the event; -1 if it is unknown.</param>
    public void AddText(ReadOnlySpan<byte> raw, bool escaped, bool isWhole = false, int start = -1)
    {
        if (raw.IsEmpty) return;
        recorder.NoteText(TemplateSlotKind.Text, Index, isWhole ? -1 : start, raw.Length);
        _eventHasText = true;
        _order.AddText(Text.Length);
        _text.Add(raw, escaped, isWhole);
    }

    /// <summary>Adds the string that the reader is on to the reasoning.</summary>
    public void AddReasoning(ref Utf8JsonReader reader, bool isWhole = false) =>
        AddReasoning(reader.ValueSpan, reader.ValueIsEscaped, isWhole, (int)reader.TokenStartIndex + 1);

    /// <summary>Adds several joined strings to the reasoning.</summary>
    public void AddReasoning(in JoinedText text, bool isWhole = false) => AddReasoning(text.Raw, text.IsEscaped, isWhole, text.Start);

    /// <summary>Adds the raw bytes of a JSON string to the reasoning. The parameters are those of <c>AddText</c>.</summary>
    public void AddReasoning(ReadOnlySpan<byte> raw, bool escaped, bool isWhole = false, int start = -1)
    {
        if (raw.IsEmpty) return;
        recorder.NoteText(TemplateSlotKind.Reasoning, Index, isWhole ? -1 : start, raw.Length);
        _eventHasReasoning = true;
        _order.AddReasoning(Reasoning.Length);
        _reasoning.Add(raw, escaped, isWhole);
    }

    /// <summary>Adds the raw bytes of a JSON string to the refusal.</summary>
    public void AddRefusal(ReadOnlySpan<byte> raw, bool escaped, bool isWhole = false)
    {
        if (raw.IsEmpty) return;
        recorder.Discard();
        _eventHasRefusal = true;
        _refusal.Open(mode, options.MaxAnswerCharacters, "The refusal");
        _refusal.Add(raw, escaped, isWhole);
    }

    /// <summary>Adds a content to <see cref="ChatDelta.OtherContents"/>, after everything that the current event added before.</summary>
    /// <param name="content">The content.</param>
    /// <param name="size">Its approximate size in bytes. The limit of all contents together is that of a text or of an event.</param>
    /// <exception cref="AnswerTooLargeException">The contents are too large.</exception>
    public void AddContent(AIContent content, int size)
    {
        ReserveContent(size);
        _order.AddOther(content);
        (_others ??= []).Add(content);
        (_newOthers ??= []).Add(content);
    }

    /// <summary>Whether no content with this key came before. Some providers repeat the same contents in every chunk.</summary>
    public bool IsNewContent(string key)
    {
        recorder.BindToChoice();
        return (_contentKeys ??= new HashSet<string>(StringComparer.Ordinal)).Add(key);
    }

    /// <summary>Counts the size of a content that is not complete yet, or a part of it.</summary>
    /// <exception cref="AnswerTooLargeException">The contents are too large.</exception>
    public void ReserveContent(int size)
    {
        recorder.Discard();
        int limit = Math.Max(options.MaxAnswerCharacters, options.MaxEventBytes);
        if (_otherSize + (long)size > limit)
            throw new AnswerTooLargeException($"The contents besides the text are larger than {limit} bytes");
        _otherSize += size;
    }

    /// <inheritdoc cref="ToolCallList.Add"/>
    public void AddToolCall(in ToolCallFragment fragment)
    {
        recorder.NoteArguments(Index, fragment);
        _tools ??= new ToolCallList(mode, options);
        int count = _tools.Count;
        _tools.Add(fragment);
        _eventHasCalls |= _tools.Count > 0;
        OrderNewCalls(count);
    }

    /// <summary>Sets the finish reason. A later one replaces it.</summary>
    public void Finish(string providerFinish, ChatFinishReason reason)
    {
        recorder.BindToChoice();
        // Some models repeat it in every chunk. Then it has no effect, as long as no other one comes.
        if (FinishReason == reason && string.Equals(ProviderFinish, providerFinish, StringComparison.Ordinal)) return;
        recorder.Forget();
        _finishIsNew = true;
        ProviderFinish = providerFinish;
        FinishReason = reason;
    }

    /// <summary>Does at the end of an event what depends on all of it.</summary>
    public void EndEvent()
    {
        // The reasoning ends where the answer begins, and nothing of it must follow. That a chunk of reasoning was longer than the one
        // before, which it began with, is enough: a server may stop to repeat it there.
        if (_finishIsNew || _eventHasText || _eventHasCalls)
            _reasoning.Decide(asCumulative: _eventHasReasoning || _reasoning.Text is { HasGrown: true });
        if (_finishIsNew)
        {
            // A server that sends the whole text in every chunk also does so with the finish reason; one that sends increments sends "".
            _text.Decide(asCumulative: _eventHasText);
            _refusal.Decide(asCumulative: _eventHasRefusal);
            DecideCalls();
        }

        _eventHasText = _eventHasReasoning = _eventHasRefusal = _eventHasCalls = false;
        if (_wasFinished)
            IsReopened |= _text.HasChanges || _reasoning.HasChanges || _refusal.HasChanges || _tools is { HasNewContent: true };
        _wasFinished = IsFinished;
    }

    /// <summary>Adds, at the end of the stream, what was held back.</summary>
    public void EndStream()
    {
        _text.Complete();
        _reasoning.Complete();
        _refusal.Complete();
        DecideCalls();
        _tools?.EndStream();
    }

    /// <summary>Returns the rented buffers. The texts are empty afterwards.</summary>
    public void Release()
    {
        _text.Release();
        _reasoning.Release();
        _refusal.Release();
        _tools?.Release();
    }

    /// <summary>Creates a delta of the pending changes.</summary>
    public ChatDelta TakeChanges(ChatStreamInfo info, UsageDetails? usage, ChatRawEvent? raw)
    {
        HasBegun |= HasChanges;
        if (usage is null && raw is null && _text.HasSinglePiece && !_reasoning.HasChanges && !HasChangesBesideText)
        {
            var plain = new ChatDelta
            {
                Text = _text.Added!,
                TextOffset = _text.AddedOffset,
                ReasoningOffset = _reasoning.Length,
                RefusalOffset = _refusal.Length,
                Origin = OriginOf(info),
            };
            _text.ClearChanges();
            return plain;
        }

        var delta = new ChatDelta
        {
            Role = _roleIsNew ? _role : null,
            Text = _text.Added ?? "",
            TextOffset = _text.AddedOffset,
            ReasoningChange = _reasoning.Added,
            ReasoningOffset = _reasoning.AddedOffset,
            RefusalChange = _refusal.Added,
            RefusalOffset = _refusal.AddedOffset,
            ToolCalls = _tools?.TakeChanges() ?? [],
            OtherContents = _newOthers ?? (IReadOnlyList<AIContent>)[],
            Raw = raw,
            FinishReason = _finishIsNew ? FinishReason : null,
            Usage = usage,
            Origin = OriginOf(info),
        };
        _text.ClearChanges();
        _reasoning.ClearChanges();
        _refusal.ClearChanges();
        _newOthers = null;
        _roleIsNew = _finishIsNew = false;
        return delta;
    }

    public ChatChoice ToChoice() => new()
    {
        Index = Index,
        Role = _role,
        Text = _text.ToString(),
        Reasoning = _reasoning.ToString(),
        Refusal = _refusal.ToString(),
        ToolCalls = _tools?.ToToolCalls(IsFinished) ?? [],
        OtherContents = _others is null ? [] : [.. _others],
        Order = _order,
        FinishReason = FinishReason,
    };

    /// <summary>
    /// The <see cref="TokenEstimate.Units(ReadOnlySpan{char})"/> of what was emitted, also of the names and the arguments of tool calls.
    /// </summary>
    public long EstimateUnits() =>
        TokenEstimate.Units(EmittedOf(_text)) + TokenEstimate.Units(EmittedOf(_reasoning)) + TokenEstimate.Units(EmittedOf(_refusal))
        + (_tools?.EstimateUnits() ?? 0);

    private static ReadOnlySpan<char> EmittedOf(in TextChannel channel) => channel.Text is { } text ? text.Emitted : default;

    private void DecideCalls()
    {
        if (_tools is null) return;
        int count = _tools.Count;
        _tools.Decide();
        OrderNewCalls(count);
    }

    /// <summary>Notes the place of the calls that are shown since there were this many.</summary>
    private void OrderNewCalls(int count)
    {
        for (; count < _tools!.Count; count++) _order.AddCall(count);
    }
}
