using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Requests;

/// <summary>The browser's request is not valid. The message is sent to it.</summary>
internal sealed class InvalidRelayRequestException(string message, int status = StatusCodes.Status400BadRequest) : Exception(message)
{
    /// <summary>The HTTP status of the response.</summary>
    public int Status { get; } = status;
}
