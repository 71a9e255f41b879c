namespace LlmStream.Cli;

/// <summary>How text is highlighted on a terminal that shows colors.</summary>
internal enum TextStyle
{
    Plain,
    Bold,
    Dim,
    Success,
    Warning,
    Error,
}
