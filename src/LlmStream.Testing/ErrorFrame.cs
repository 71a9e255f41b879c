namespace LlmStream.Testing;

/// <summary>An error that the server reports within a stream, in one of the formats that providers use. Immutable.</summary>
/// <remarks>The members of its JSON are those of the dialect in which the server answers.</remarks>
/// <example>
/// <code>
/// Script script = Script.Answer("The sky is blue.").FailAtEvent(3, ErrorFrame.Data("The server had an error.", "server_error"));
/// </code>
/// </example>
public sealed record ErrorFrame
{
    private const string DefaultMessage = "The server had an error while processing the request.";
    private const string DefaultCode = "server_error";

    private ErrorFrame(ErrorFormat format, string message, string code)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(code);
        Format = format;
        Message = message;
        Code = code;
    }

    /// <summary>The format of the error.</summary>
    public ErrorFormat Format { get; }

    /// <summary>The error message.</summary>
    public string Message { get; }

    /// <summary>The error code.</summary>
    public string Code { get; }

    /// <summary>Creates an error in any format.</summary>
    /// <param name="format">The format of the error.</param>
    /// <param name="message">The error message.</param>
    /// <param name="code">The error code.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Create(ErrorFormat format, string message = DefaultMessage, string code = DefaultCode) =>
        new(format, message, code);

    /// <summary>Creates an error that is the data of an ordinary event: <c>data: {"error":…}</c>.</summary>
    /// <param name="message">The error message.</param>
    /// <param name="code">The error code.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Data(string message = DefaultMessage, string code = DefaultCode) => new(ErrorFormat.Data, message, code);

    /// <summary>Creates an error that is an event of type <c>error</c>.</summary>
    /// <param name="message">The error message.</param>
    /// <param name="code">The error code.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Event(string message = DefaultMessage, string code = DefaultCode) => new(ErrorFormat.Event, message, code);

    /// <summary>Creates an error that is lines of JSON outside any event.</summary>
    /// <param name="message">The error message.</param>
    /// <param name="code">The error code.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame BareJson(string message = DefaultMessage, string code = DefaultCode) =>
        new(ErrorFormat.BareJson, message, code);

    /// <summary>Creates an error that is in a field named <c>error</c>.</summary>
    /// <param name="message">The error message.</param>
    /// <param name="code">The error code.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Field(string message = DefaultMessage, string code = DefaultCode) => new(ErrorFormat.Field, message, code);
}
