using LlmStream.AspNetCore.Wires.UIMessages;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>A part of a message. Immutable.</summary>
internal sealed record UIPart(string Type, JsonField Source)
{
    private const string StaticTool = "tool-";

    public bool IsTool => Type == "dynamic-tool" || Type.StartsWith(StaticTool, StringComparison.Ordinal);

    /// <summary>The content of a part of text; null if it is empty.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public TextContent? ToText() => Source["text"].OptionalText() is { Length: > 0 } text ? new TextContent(text) : null;

    /// <summary>The content of a part of reasoning, with the signature that the wire sent; null if it has neither.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public TextReasoningContent? ToReasoning()
    {
        string text = Source["text"].OptionalText() ?? "";
        string? signature = Source["providerMetadata"][UIMetadata.Key][UIMetadata.Signature].OptionalText();
        return text.Length == 0 && string.IsNullOrEmpty(signature) ? null : new TextReasoningContent(text) { ProtectedData = signature };
    }

    /// <summary>The content of a file: of a data link the data itself, otherwise the address.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public AIContent ToFile()
    {
        string url = Source["url"].Text();
        string? mediaType = Source["mediaType"].OptionalText();
        // Version 7 also allows the first half alone: "image".
        if (mediaType is not null && !mediaType.Contains('/', StringComparison.Ordinal)) mediaType += "/*";
        try
        {
            if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                return new DataContent(url, mediaType) { Name = Source["filename"].OptionalText() };
            if (Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
                return new UriContent(address, mediaType ?? "application/octet-stream");
        }
        catch (UriFormatException)
        {
            throw Source["url"].Invalid("is not a valid data link");
        }
        catch (ArgumentException)
        {
            throw Source["mediaType"].Invalid("is not a valid media type");
        }

        throw Source["url"].Invalid("must be a data, http or https address");
    }

    /// <summary>The name of the tool.</summary>
    /// <exception cref="InvalidRelayRequestException">It is missing.</exception>
    public string ToToolName()
    {
        bool isStatic = Type.StartsWith(StaticTool, StringComparison.Ordinal);
        string name = isStatic ? Type[StaticTool.Length..] : Source["toolName"].Text();
        if (name.Length > 0) return name;
        throw Source[isStatic ? "type" : "toolName"].Invalid("must name a tool");
    }
}
