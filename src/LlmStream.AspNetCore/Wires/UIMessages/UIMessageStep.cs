using System.Text.Json;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>The current step of the message: its part that is open, and, for clients that can reset a step, what it consists of.</summary>
/// <remarks>
/// A step ends with the results of tools that the server ran. The next one begins with the next content, so that an answer that ends with
/// results has no empty step.
/// </remarks>
internal sealed class UIMessageStep(UIMessageChunks chunks)
{
    private UIStepRecord? _record;
    private UIPartKind _open;
    private JsonEncodedText _openId;
    private byte[] _openDelta = []; // the beginning of the deltas of the part
    private int _partCount;
    private bool _hasEnded;

    /// <summary>Whether clients can reset a step; only then the step is recorded.</summary>
    public bool CanReset { set => _record = value ? new UIStepRecord() : null; }

    /// <summary>Adds a piece of a growing part. Opens the part if it is not open.</summary>
    public void Append(UIPartKind kind, string piece, int offset)
    {
        if (_open != kind || _hasEnded) Open(kind);
        _record?.Append(kind, piece, offset);
        chunks.WriteDelta(_openDelta, piece);
    }

    /// <summary>Adds a signature: of the reasoning that is open, or otherwise in a part of reasoning without text.</summary>
    public void Sign(string signature)
    {
        if (_open != UIPartKind.Reasoning || _hasEnded) Open(UIPartKind.Reasoning);
        _record?.Sign(signature);
        chunks.WriteSignedEnd(_openId, signature);
        _open = UIPartKind.None;
    }

    /// <summary>Adds a part that does not grow.</summary>
    public void Add(Action write)
    {
        BeginPart();
        _record?.Add(write);
        write();
    }

    /// <summary>Adds a tool call, whose chunks the caller writes.</summary>
    public void Add(UIToolCall call)
    {
        BeginPart();
        _record?.Add(call);
    }

    /// <summary>Closes the part that is open.</summary>
    public void Close()
    {
        if (_open != UIPartKind.None) chunks.WritePartEnd(_open == UIPartKind.Reasoning, _openId);
        _open = UIPartKind.None;
    }

    /// <summary>Ends the step: the next content begins another.</summary>
    public void End()
    {
        Close();
        _hasEnded = true;
    }

    /// <summary>Removes a growing text from an offset on: resets the step, and sends what remains of it.</summary>
    /// <exception cref="RewriteNotSupportedException">Clients cannot reset a step, or the change is not within the step.</exception>
    public void Rewrite(UIPartKind kind, int offset, UIToolCalls calls)
    {
        if (_hasEnded || _record is null || !_record.TryTruncate(kind, offset)) throw new RewriteNotSupportedException();
        chunks.WriteResetStep();
        _open = UIPartKind.None;
        foreach (UIStepRecord.Entry entry in _record.Take())
        {
            if (entry.Write is not null) Add(entry.Write);
            else if (entry.Call is not null) calls.Resend(entry.Call);
            else Resend(entry);
        }
    }

    private void Resend(UIStepRecord.Entry entry)
    {
        string text = entry.Text.ToString();
        if (text.Length > 0) Append(entry.Kind, text, entry.Start);
        if (entry.Signature is not null) Sign(entry.Signature);
    }

    private void Open(UIPartKind kind)
    {
        BeginPart();
        bool isReasoning = kind == UIPartKind.Reasoning;
        _partCount++;
        _openId = JsonEncodedText.Encode(isReasoning ? $"reasoning-{_partCount}" : $"text-{_partCount}");
        _openDelta = UIMessageChunks.PreparePartDelta(isReasoning, _openId);
        _open = kind;
        _record?.Open(kind);
        chunks.WritePartStart(isReasoning, _openId);
    }

    private void BeginPart()
    {
        Close();
        if (!_hasEnded) return;
        _hasEnded = false;
        chunks.WriteFinishStep();
        chunks.WriteStartStep();
        _record?.Clear();
    }
}
