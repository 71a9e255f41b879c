using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Requests;

/// <summary>The browser's request is not valid. The message is sent to it.</summary>
internal sealed class InvalidRelayRequestException(
    string message, int status = StatusCodes.Status400BadRequest, string? parameter = null) : Exception(message)
{
    /// <summary>The HTTP status of the response.</summary>
    public int Status { get; } = status;

    /// <summary>Which part of the body is not valid, such as <c>messages[0].content</c>, if known.</summary>
    public string? Parameter { get; } = parameter;
}
