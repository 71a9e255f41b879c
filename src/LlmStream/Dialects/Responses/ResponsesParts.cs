using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Converts the parts of a response's items to the types of Microsoft.Extensions.AI.</summary>
internal static class ResponsesParts
{
    /// <summary>
    /// Whether an item is the call of a built-in tool that the application runs: <c>local_shell_call</c>, <c>apply_patch_call</c>,
    /// <c>computer_call</c>, and, unless the provider runs them, <c>shell_call</c> and <c>tool_search_call</c>
    /// (platform.openai.com/docs/guides/tools). Such an answer waits for results, as after a function call.
    /// </summary>
    public static bool IsClientCall(JsonElement item) => item.Text("type") switch
    {
        "local_shell_call" or "apply_patch_call" or "computer_call" => true,
        "shell_call" => !item.TryGetField("environment", out JsonElement environment) || environment.Text("type") is null or "local",
        "tool_search_call" => item.Text("execution") is "client",
        _ => false,
    };

    /// <summary>
    /// An item that is passed on unchanged. The request for the approval of an MCP call also has the type of Microsoft.Extensions.AI, to
    /// be answered with <see cref="ToolApprovalRequestContent.CreateResponse"/>.
    /// </summary>
    public static AIContent Opaque(JsonElement item)
    {
        AIContent kept = ProviderContent.Create(ResponsesOutput.Dialect, item.Clone());
        if (item.Text("type") is not "mcp_approval_request") return kept;
        if (item.Text("id") is not { } id || item.Text("name") is not { } name) return kept;
        var call = new McpServerToolCallContent(id, name, item.Text("server_label")) { Arguments = JsonArguments(item.Text("arguments")) };
        return new ToolApprovalRequestContent(id, call)
        {
            AdditionalProperties = kept.AdditionalProperties, RawRepresentation = kept.RawRepresentation,
        };
    }

    /// <summary>Adds fields to an item that does not have them, or has them empty.</summary>
    public static JsonElement Complete(JsonElement item, Dictionary<string, string>? fields)
    {
        if (fields is null) return item;
        JsonObject? completed = null;
        foreach ((string name, string value) in fields)
        {
            if (item.Text(name) is null) (completed ??= (JsonObject)JsonNodes.FromElement(item)!)[name] = value;
        }

        return completed is null ? item : JsonText.ParseElement(Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(completed)));
    }

    private static Dictionary<string, object?>? JsonArguments(string? json)
    {
        if (json is null) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind != JsonValueKind.Object ? null : document.RootElement.EnumerateObject().ToDictionary(
                property => property.Name, property => (object?)property.Value.Clone(), StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            return null; // they are in the item, as the model wrote them
        }
        catch (ArgumentException)
        {
            return null; // a name occurs twice
        }
    }

    /// <summary>
    /// Converts an annotation: a citation of a page (<c>url_citation</c>) or a file (<c>file_citation</c>,
    /// <c>container_file_citation</c>), or a file that a tool created (<c>file_path</c>). Its indexes are relative to its part.
    /// </summary>
    public static AIContent Citation(JsonElement annotation)
    {
        var citation = new CitationAnnotation
        {
            Title = annotation.Text("title") ?? annotation.Text("filename"),
            Url = annotation.Text("url") is { } url && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) ? uri : null,
            FileId = annotation.Text("file_id"),
            AdditionalProperties = annotation.Text("type") is { } type ? new AdditionalPropertiesDictionary { ["type"] = type } : null,
        };
        if (annotation.Number("start_index") is { } start && annotation.Number("end_index") is { } end)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }];
        return new TextContent("") { Annotations = [citation] };
    }

    /// <summary>The image that a tool of the provider generated, or null if the item is not an image.</summary>
    public static DataContent? Image(JsonElement item) =>
        item.Text("type") is "image_generation_call" && item.Text("result") is { } data && Base64.IsValid(data)
            ? new DataContent(
                Convert.FromBase64String(data),
                item.Text("output_format") switch { "jpeg" => "image/jpeg", "webp" => "image/webp", _ => "image/png" })
            : null;
}
