using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Chat;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>One choice while its answer arrives: what it says so far, and what the event in hand adds.</summary>
internal sealed class ChoiceBuilder(int index, ChatTextMode mode, ChatReadOptions options, TemplateRecorder recorder)
{
    private readonly GrowingText _text = new(mode, options.MaxAnswerCharacters, "The text");
    private GrowingText? _reasoning;
    private GrowingText? _refusal;
    private ToolCallList? _tools;
    private List<AIContent>? _others;
    private readonly ContentOrder _order = new();
    private int _otherSize;
    private ChatRole? _role;

    // What the event in hand adds.
    private TextPiece _newText;
    private TextPiece _newReasoning;
    private TextPiece _newRefusal;
    private List<AIContent>? _newOthers;
    private bool _roleIsNew;
    private bool _finishIsNew;
    private bool _textCame;

    public int Index { get; } = index;

    /// <summary>The finish reason as the provider last sent it.</summary>
    public string? ProviderFinish { get; private set; }

    public ChatFinishReason? FinishReason { get; private set; }

    public bool IsFinished => ProviderFinish is not null;

    public bool HasToolCalls => _tools is { Count: > 0 };

    /// <summary>Whether anything came that has no channel of its own.</summary>
    public bool HasContents => _others is not null;

    public bool IsTextCumulative => _text.IsCumulative;

    /// <summary>Whether the event in hand is already waiting to be turned into a delta.</summary>
    public bool IsTouched { get; set; }

    public bool HasNews => _newText.Text is not null || _newReasoning.Text is not null || _newRefusal.Text is not null
        || _tools is { HasNews: true } || _newOthers is not null || _roleIsNew || _finishIsNew;

    private bool IsPlainText => _newText is { Text: not null, MustBeTakenFrom: null } && _newReasoning.Text is null && _newRefusal.Text is null
        && _tools is not { HasNews: true } && _newOthers is null && !_roleIsNew && !_finishIsNew;

    /// <summary>Whether the news is text and nothing that ends it: a chunk in mid-answer.</summary>
    public bool IsInMidText => (_newText.Text is not null || _newReasoning.Text is not null) && !_finishIsNew;

    public void SetRole(ChatRole role)
    {
        if (_role is not null) return; // many providers repeat it on every chunk
        _role = role;
        _roleIsNew = true;
    }

    /// <summary>Passes over a value, or over the field that the reader stands on, of whose content nothing depends.</summary>
    public void Ignore(ref Utf8JsonReader reader) => recorder.Ignore(ref reader);

    /// <summary>Takes the string that the reader stands on as a piece of text.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="isWhole">Whether it is a whole message, which says once more what the deltas said, or says it for the first time.</param>
    public void AddText(ref Utf8JsonReader reader, bool isWhole = false) =>
        AddText(reader.ValueSpan, reader.ValueIsEscaped, isWhole, (int)reader.TokenStartIndex + 1);

    public void AddText(in JoinedText text, bool isWhole = false) => AddText(text.Raw, text.IsEscaped, isWhole, text.Start);

    /// <summary>Takes a piece of text as it stands in JSON.</summary>
    /// <param name="raw">The bytes between the quotation marks.</param>
    /// <param name="escaped">Whether they hold a backslash.</param>
    /// <param name="isWhole">Whether it is a whole message.</param>
    /// <param name="start">Where they stand in the event; -1 where that is not known.</param>
    public void AddText(ReadOnlySpan<byte> raw, bool escaped, bool isWhole = false, int start = -1)
    {
        if (raw.IsEmpty) return;
        recorder.NoteText(TemplateSlotKind.Text, Index, isWhole ? -1 : start, raw.Length);
        _textCame = true;
        _order.AddText(_text.Length);
        Add(_text, raw, escaped, isWhole, ref _newText);
    }

    public void AddReasoning(ref Utf8JsonReader reader, bool isWhole = false) =>
        AddReasoning(reader.ValueSpan, reader.ValueIsEscaped, isWhole, (int)reader.TokenStartIndex + 1);

    public void AddReasoning(in JoinedText text, bool isWhole = false) => AddReasoning(text.Raw, text.IsEscaped, isWhole, text.Start);

    /// <summary>Takes a piece of reasoning; the same parameters.</summary>
    public void AddReasoning(ReadOnlySpan<byte> raw, bool escaped, bool isWhole = false, int start = -1)
    {
        if (raw.IsEmpty) return;
        recorder.NoteText(TemplateSlotKind.Reasoning, Index, isWhole ? -1 : start, raw.Length);
        _reasoning ??= new GrowingText(mode, options.MaxAnswerCharacters, "The reasoning");
        _order.AddReasoning(_reasoning.Length);
        Add(_reasoning, raw, escaped, isWhole, ref _newReasoning);
    }

    /// <summary>
    /// Makes a delta of an event that brings a piece of text, or of reasoning, and does nothing else to this choice: the same as
    /// to add it and to take the news.
    /// </summary>
    /// <returns>Null where nothing of it is certain yet.</returns>
    public ChatDelta? TakeOnly(TemplateSlotKind kind, ReadOnlySpan<byte> raw, bool escaped, ChatStreamInfo info)
    {
        if (kind == TemplateSlotKind.Text)
        {
            _order.AddText(_text.Length);
            return _text.Append(raw, escaped, out TextPiece text)
                ? new ChatDelta { ChoiceIndex = Index, Text = text.Text, TextOffset = text.Offset, ReasoningOffset = _reasoning?.Length ?? 0, Stream = info }
                : null;
        }

        _reasoning ??= new GrowingText(mode, options.MaxAnswerCharacters, "The reasoning");
        _order.AddReasoning(_reasoning.Length);
        return _reasoning.Append(raw, escaped, out TextPiece reasoning)
            ? new ChatDelta { ChoiceIndex = Index, TextOffset = _text.Length, Reasoning = reasoning.Text, ReasoningOffset = reasoning.Offset, Stream = info }
            : null;
    }

    public void AddRefusal(ReadOnlySpan<byte> raw, bool escaped, bool isWhole = false)
    {
        if (raw.IsEmpty) return;
        recorder.Spoil();
        _refusal ??= new GrowingText(mode, options.MaxAnswerCharacters, "The refusal");
        Add(_refusal, raw, escaped, isWhole, ref _newRefusal);
    }

    /// <summary>How much of the text has been given out, in UTF-16 units.</summary>
    public int TextLength => _text.Length;

    /// <summary>Adds a content that has no channel of its own: see <see cref="ChatDelta.OtherContents"/>.</summary>
    /// <param name="content">The content. Its place is behind all that the event in hand has said so far.</param>
    /// <param name="size">About how large it is, in bytes: all of them together may be as large as a text, or as an event.</param>
    public void AddContent(AIContent content, int size)
    {
        recorder.Spoil();
        ReserveContent(size);
        _order.AddOther(content);
        (_others ??= []).Add(content);
        (_newOthers ??= []).Add(content);
    }

    /// <summary>Counts what is kept of a content that is still arriving.</summary>
    public void ReserveContent(int size)
    {
        int limit = Math.Max(options.MaxAnswerCharacters, options.MaxEventBytes);
        if (_otherSize + (long)size > limit) throw new AnswerTooLargeException($"What came beside the text is larger than {limit} bytes");
        _otherSize += size;
    }

    /// <summary>Adds a fragment to the call that it belongs to: by index, else by id, else by position.</summary>
    public void AddToolCall(in ToolCallFragment fragment)
    {
        recorder.Spoil();
        _tools ??= new ToolCallList(mode, options);
        int count = _tools.Count;
        _tools.Add(fragment);
        if (_tools.Count > count) _order.AddCall(count);
    }

    /// <summary>Takes what the whole texts say beyond what has come, where they begin with that.</summary>
    public void FillGaps(string text, string refusal, string reasoning)
    {
        recorder.Spoil();
        if (text.Length > 0) _order.AddText(_text.Length);
        if (_text.FillGap(text, out TextPiece piece)) Join(_text, ref _newText, piece);
        if (_refusal is not null && _refusal.FillGap(refusal, out piece)) Join(_refusal, ref _newRefusal, piece);
        if (_reasoning is not null && _reasoning.FillGap(reasoning, out piece)) Join(_reasoning, ref _newReasoning, piece);
    }

    /// <summary>The same for the arguments of the call that has this number.</summary>
    public void FillGap(int providerIndex, string arguments)
    {
        recorder.Spoil();
        _tools?.FillGap(providerIndex, arguments);
    }

    public void Finish(string providerFinish, ChatFinishReason reason)
    {
        recorder.Spoil();
        _finishIsNew |= FinishReason != reason || !string.Equals(ProviderFinish, providerFinish, StringComparison.Ordinal);
        ProviderFinish = providerFinish;
        FinishReason = reason;
    }

    /// <summary>At the end of an event: settles what only the whole event could tell.</summary>
    public void EndEvent()
    {
        // A server that repeats the whole text does so beside the finish reason too; one that sends increments sends "".
        if (_finishIsNew && _text.Settle(asCumulative: _textCame, out TextPiece piece)) Join(_text, ref _newText, piece);
        _textCame = false;
    }

    /// <summary>At the end of the stream: gives out what was held back.</summary>
    public void EndStream()
    {
        if (_text.Complete(out TextPiece text)) Join(_text, ref _newText, text);
        if (_reasoning is not null && _reasoning.Complete(out TextPiece reasoning)) Join(_reasoning, ref _newReasoning, reasoning);
        if (_refusal is not null && _refusal.Complete(out TextPiece refusal)) Join(_refusal, ref _newRefusal, refusal);
        _tools?.EndStream();
    }

    /// <summary>Gives back what was borrowed.</summary>
    public void Release()
    {
        _text.Release();
        _reasoning?.Release();
        _refusal?.Release();
        _tools?.Release();
    }

    /// <summary>Makes a delta of the news.</summary>
    public ChatDelta TakeNews(ChatStreamInfo info, UsageDetails? usage, ChatRawEvent? raw)
    {
        if (usage is null && raw is null && IsPlainText)
        {
            var plain = new ChatDelta
            {
                ChoiceIndex = Index,
                Text = _newText.Text,
                TextOffset = _newText.Offset,
                ReasoningOffset = _reasoning?.Length ?? 0,
                Stream = info,
            };
            _newText = default;
            return plain;
        }

        var delta = new ChatDelta
        {
            ChoiceIndex = Index,
            Role = _roleIsNew ? _role : null,
            Text = _newText.Whole ?? "",
            TextOffset = _newText.Text is null ? _text.Length : _newText.Offset,
            Reasoning = _newReasoning.Whole,
            ReasoningOffset = _newReasoning.Text is null ? _reasoning?.Length ?? 0 : _newReasoning.Offset,
            Refusal = _newRefusal.Whole,
            RefusalOffset = _newRefusal.Offset,
            ToolCalls = _tools?.TakeNews() ?? [],
            OtherContents = _newOthers ?? (IReadOnlyList<AIContent>)[],
            Raw = raw,
            FinishReason = _finishIsNew ? FinishReason : null,
            Usage = usage,
            Stream = info,
        };
        _newText = _newReasoning = _newRefusal = default;
        _newOthers = null;
        _roleIsNew = _finishIsNew = false;
        return delta;
    }

    public ChatChoice ToChoice() => new()
    {
        Index = Index,
        Role = _role,
        Text = _text.ToString(),
        Reasoning = _reasoning?.ToString() ?? "",
        Refusal = _refusal?.ToString() ?? "",
        ToolCalls = _tools?.ToToolCalls(IsFinished) ?? [],
        OtherContents = _others is null ? [] : [.. _others],
        Order = _order,
        FinishReason = FinishReason,
    };

    private static void Add(GrowingText channel, ReadOnlySpan<byte> raw, bool escaped, bool isWhole, ref TextPiece news)
    {
        bool isNews = isWhole ? channel.Replace(raw, escaped, out TextPiece piece) : channel.Append(raw, escaped, out piece);
        if (isNews) Join(channel, ref news, piece);
    }

    /// <summary>Joins two pieces of one event: together they are what the text says from where the first of them begins.</summary>
    private static void Join(GrowingText channel, ref TextPiece news, TextPiece piece)
    {
        if (news.Text is null) news = piece;
        // Put together only when the delta is made: an event may hold very many pieces.
        else news = new TextPiece("", Math.Min(news.Offset, piece.Offset)) { MustBeTakenFrom = channel };
    }
}
