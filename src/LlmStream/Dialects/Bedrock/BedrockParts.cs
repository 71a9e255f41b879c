using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>Writes content blocks (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html).</summary>
internal static class BedrockParts
{
    // The formats of documents, by media type.
    private static readonly Dictionary<string, string> DocumentFormats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application/pdf"] = "pdf",
        ["text/csv"] = "csv",
        ["text/html"] = "html",
        ["text/markdown"] = "md",
        ["text/plain"] = "txt",
        ["application/msword"] = "doc",
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = "docx",
        ["application/vnd.ms-excel"] = "xls",
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = "xlsx",
    };

    // What may be sent back of contents that came in an answer.
    private static readonly string[] AnswerBlocks = ["reasoningContent", "toolUse", "toolResult", "image", "citationsContent"];

    public static JsonObject Text(string text) => new() { ["text"] = text };

    /// <summary>Writes a part of a user's message or of a result.</summary>
    /// <exception cref="ArgumentException">The format has no equivalent.</exception>
    public static JsonObject Part(AIContent content, int index) =>
        RawContent.Read(content) ?? Block(content) ?? throw InvalidRequest.UnsupportedContent(index, content);

    /// <summary>
    /// A content of an answer as a block; null if it is another provider's, or only describes the answer, as a guardrail's trace does.
    /// </summary>
    public static JsonObject? ReadBack(AIContent content) =>
        ProviderContent.Read(BedrockDialect.DialectName, content) is { } original
            ? AnswerBlocks.Any(original.ContainsKey) ? original : null
            : ProviderContent.Is(content) ? null : RawContent.Read(content) ?? Block(content);

    /// <exception cref="ArgumentException">An argument cannot be converted to JSON.</exception>
    public static JsonObject Call(FunctionCallContent call, int index) => new()
    {
        ["toolUse"] = new JsonObject
        {
            ["toolUseId"] = ToId(call.CallId), ["name"] = call.Name, ["input"] = ToolArguments.ToJson(call, index),
        },
    };

    /// <exception cref="ArgumentException">The result cannot be converted to JSON, or the format has no equivalent.</exception>
    public static JsonObject Result(FunctionResultContent result, int index)
    {
        IEnumerable<AIContent>? contents = result.Result switch
        {
            TextContent => null,
            AIContent content => [content],
            IEnumerable<AIContent> several => several,
            _ => null,
        };
        bool isText = contents is null || contents.All(content => content is TextContent);
        IEnumerable<JsonNode> parts = isText
            ? [Text(ToolResults.ToText(result, index))]
            : contents!.Where(content => content is not TextContent { Text.Length: 0 }).Select(content => Part(content, index));
        JsonArray blocks = new([.. parts]);
        var written = new JsonObject { ["toolUseId"] = ToId(result.CallId), ["content"] = blocks };
        if (result.Exception is not null) written.Add("status", "error");
        return new JsonObject { ["toolResult"] = written };
    }

    private static JsonObject? Block(AIContent content) => content switch
    {
        TextContent text => Text(text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => Media("image", data.MediaType, Bytes(data)),
        DataContent data when data.HasTopLevelMediaType("video") => Media("video", data.MediaType, Bytes(data)),
        DataContent data when data.HasTopLevelMediaType("audio") => Media("audio", data.MediaType, Bytes(data)),
        DataContent data when DocumentFormats.TryGetValue(data.MediaType, out string? format) => Document(format, data.Name, Bytes(data)),
        UriContent { Uri.Scheme: "s3" } link when link.HasTopLevelMediaType("image") => Media("image", link.MediaType, Bucket(link)),
        UriContent { Uri.Scheme: "s3" } link when link.HasTopLevelMediaType("video") => Media("video", link.MediaType, Bucket(link)),
        UriContent { Uri.Scheme: "s3" } link when DocumentFormats.TryGetValue(link.MediaType, out string? format) =>
            Document(format, null, Bucket(link)),
        _ => null,
    };

    private static JsonObject Media(string kind, string mediaType, JsonObject source)
    {
        string subtype = mediaType[(mediaType.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(';')[0].Trim();
        string format = subtype.ToLowerInvariant() switch
        {
            "jpg" => "jpeg",
            "quicktime" => "mov",
            "x-matroska" => "mkv",
            "x-ms-wmv" => "wmv",
            "3gpp" => "three_gp",
            "mpeg" when kind == "audio" => "mp3",
            "x-wav" or "wave" => "wav",
            var same => same,
        };
        return new JsonObject { [kind] = new JsonObject { ["format"] = format, ["source"] = source } };
    }

    private static JsonObject Document(string format, string? name, JsonObject source) => new()
    {
        ["document"] = new JsonObject { ["format"] = format, ["name"] = ToDocumentName(name), ["source"] = source },
    };

    private static JsonObject Bytes(DataContent data) => new() { ["bytes"] = data.Base64Data.ToString() };

    private static JsonObject Bucket(UriContent link) =>
        new() { ["s3Location"] = new JsonObject { ["uri"] = link.Uri.OriginalString } };

    /// <summary>An id of at most 64 characters that the API accepts; other providers use others.</summary>
    private static string ToId(string id) => Replace(id, c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':', '_', 64);

    /// <summary>A name that the API accepts: letters, digits, hyphens, parentheses, brackets, and single spaces. It is required.</summary>
    private static string ToDocumentName(string? name)
    {
        string valid = Replace(name ?? "", c => char.IsAsciiLetterOrDigit(c) || c is '-' or '(' or ')' or '[' or ']', ' ', 200);
        valid = string.Join(' ', valid.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return valid.Length > 0 ? valid : "document";
    }

    private static string Replace(string text, Func<char, bool> isValid, char replacement, int maxLength)
    {
        var valid = new StringBuilder(text.Length);
        foreach (char c in text) valid.Append(isValid(c) ? c : replacement);
        return valid.Length <= maxLength ? valid.ToString() : valid.ToString(0, maxLength);
    }
}
