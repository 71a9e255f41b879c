namespace LlmStream.AspNetCore.Wires;

/// <summary>The provider replaced text that was sent already, and the wire cannot express it.</summary>
internal sealed class RewriteNotSupportedException : Exception
{
    public RewriteNotSupportedException()
        : base("The provider replaced text that had been sent to the browser. The wire protocol cannot express it.")
    {
    }
}
