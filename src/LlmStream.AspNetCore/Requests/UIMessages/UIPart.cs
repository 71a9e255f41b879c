using System.Text.Json;
using LlmStream.AspNetCore.Wires.UIMessages;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>A part of a message. Immutable.</summary>
internal sealed record UIPart(string Type, JsonElement Value, string Position)
{
    private const string StaticTool = "tool-";

    public bool IsStepStart => Type == "step-start";

    public bool IsTool => Type == "dynamic-tool" || Type.StartsWith(StaticTool, StringComparison.Ordinal);

    /// <summary>The content of a part of text; null if it is empty.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public TextContent? ToText() => Value.Text("text", Position) is { } text ? new TextContent(text) : null;

    /// <summary>The content of a part of reasoning, with the signature that the wire sent; null if it has neither.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public TextReasoningContent? ToReasoning()
    {
        string? text = Value.Text("text", Position);
        JsonElement? metadata = Value.Field("providerMetadata")?.Field(UIMetadata.Key);
        string? signature = metadata?.Text(UIMetadata.Signature, $"{Position}.providerMetadata.{UIMetadata.Key}");
        return text is null && signature is null ? null : new TextReasoningContent(text ?? "") { ProtectedData = signature };
    }

    /// <summary>The content of a file: of a data link the data itself, otherwise the address.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public AIContent ToFile()
    {
        string url = Value.RequiredText("url", Position);
        string? mediaType = Value.Text("mediaType", Position);
        // Version 7 also allows the first half alone: "image".
        if (mediaType is not null && !mediaType.Contains('/', StringComparison.Ordinal)) mediaType += "/*";
        try
        {
            if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                return new DataContent(url, mediaType) { Name = Value.Text("filename", Position) };
            if (Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
                return new UriContent(address, mediaType ?? "application/octet-stream");
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new InvalidRelayRequestException($"{Position} is not a valid file: {Describe(exception)}");
        }

        throw new InvalidRelayRequestException($"{Position}.url must be a data, http or https address.");
    }

    /// <summary>The name of the tool.</summary>
    /// <exception cref="InvalidRelayRequestException">It is missing.</exception>
    public string ToToolName()
    {
        if (!Type.StartsWith(StaticTool, StringComparison.Ordinal)) return Value.RequiredText("toolName", Position);
        string name = Type[StaticTool.Length..];
        return name.Length > 0 ? name : throw new InvalidRelayRequestException($"{Position}.type does not name a tool.");
    }

    // Without the quoted input, which may be megabytes, and the name of a parameter.
    private static string Describe(Exception exception) =>
        exception is UriFormatException ? "the data link cannot be read." : "the media type is not valid.";
}
