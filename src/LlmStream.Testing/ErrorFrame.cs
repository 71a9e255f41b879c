namespace LlmStream.Testing;

/// <summary>An error that the server reports in mid-stream, in one of the forms that providers use. Immutable.</summary>
/// <remarks>The JSON within is that of the dialect in which the server answers.</remarks>
/// <example>
/// <code>
/// Script script = Script.Answer("The sky is blue.").FailAt(3, ErrorFrame.Data("The server had an error.", "server_error"));
/// </code>
/// </example>
public sealed record ErrorFrame
{
    private ErrorFrame(ErrorForm form, string message, string code)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(code);
        Form = form;
        Message = message;
        Code = code;
    }

    /// <summary>The form in which the error is written.</summary>
    public ErrorForm Form { get; }

    /// <summary>What went wrong, for people.</summary>
    public string Message { get; }

    /// <summary>What went wrong, for programs.</summary>
    public string Code { get; }

    /// <summary>An error of any form.</summary>
    /// <param name="form">The form in which it is written.</param>
    /// <param name="message">What went wrong, for people.</param>
    /// <param name="code">What went wrong, for programs.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Of(ErrorForm form, string message = "The server had an error while processing the request.", string code = "server_error") =>
        new(form, message, code);

    /// <summary>An error as the data of an ordinary event: <c>data: {"error":…}</c>.</summary>
    /// <param name="message">What went wrong, for people.</param>
    /// <param name="code">What went wrong, for programs.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Data(string message = "The server had an error while processing the request.", string code = "server_error") =>
        new(ErrorForm.Data, message, code);

    /// <summary>An error as an event of the type <c>error</c>.</summary>
    /// <param name="message">What went wrong, for people.</param>
    /// <param name="code">What went wrong, for programs.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Event(string message = "The server had an error while processing the request.", string code = "server_error") =>
        new(ErrorForm.Event, message, code);

    /// <summary>An error as lines of JSON that are no event at all.</summary>
    /// <param name="message">What went wrong, for people.</param>
    /// <param name="code">What went wrong, for programs.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame BareJson(string message = "The server had an error while processing the request.", string code = "server_error") =>
        new(ErrorForm.BareJson, message, code);

    /// <summary>An error in a field named <c>error</c>.</summary>
    /// <param name="message">What went wrong, for people.</param>
    /// <param name="code">What went wrong, for programs.</param>
    /// <returns>The error.</returns>
    public static ErrorFrame Field(string message = "The server had an error while processing the request.", string code = "server_error") =>
        new(ErrorForm.Field, message, code);
}
