namespace LlmStream.Operators.Text;

/// <summary>Divides a text into lines that end in LF, CR LF or CR.</summary>
internal sealed class LineSplitter : TextSplitter
{
    private bool _afterCr;

    public override void End()
    {
        if (Held.Length > 0) EndLine();
    }

    protected override void Read(char c)
    {
        // CR already ended the line: an LF after it belongs to the same line break.
        bool isLfOfCrLf = _afterCr && c == '\n';
        _afterCr = c == '\r';
        if (isLfOfCrLf) return;
        if (c is '\n' or '\r') EndLine();
        else Held.Append(c);
    }

    protected override void Truncate(int length)
    {
        Held.Length = length;
        _afterCr = false;
    }

    private void EndLine()
    {
        Add(Held.ToString());
        Held.Clear();
    }
}
