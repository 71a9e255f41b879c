using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>Contents besides text, reasoning, and calls: signatures, citations, files, and tools that the provider runs.</summary>
internal sealed class UIOtherContents(UIMessageChunks chunks, UIMessageStep step, UIToolCalls calls)
{
    private readonly HashSet<string> _sources = new(StringComparer.Ordinal);
    private readonly HashSet<string> _providerCalls = new(StringComparer.Ordinal);

    /// <summary>Whether clients know <c>tool-approval-request</c>.</summary>
    public bool CanAskForApproval { get; set; }

    /// <summary>Adds a content. One for which there is no chunk is left out.</summary>
    public void Add(AIContent content)
    {
        switch (content)
        {
            case TextReasoningContent { ProtectedData: { Length: > 0 } signature }:
                step.Sign(signature);
                break;
            case DataContent data:
                step.Add(() => chunks.WriteFile(data.Uri, data.MediaType));
                break;
            case UriContent link when IsWebAddress(link.Uri):
                step.Add(() => chunks.WriteFile(link.Uri.AbsoluteUri, link.MediaType));
                break;
            case ToolApprovalRequestContent { ToolCall: FunctionCallContent call } request when CanAskForApproval:
                chunks.WriteApprovalRequest(request.RequestId, calls.Add(call));
                break;
            case FunctionCallContent:
                break; // a call of the answer is in its tool calls
            case ToolCallContent call when Describe(call) is { } described:
                AddCall(call.CallId, described.Name, UIJson.Serialize(described.Input ?? []));
                break;
            case ToolResultContent result when Describe(result) is { } described:
                AddResult(result.CallId, described.Name, UIJson.Serialize(described.Output));
                break;
        }

        if (content.Annotations is not { Count: > 0 } annotations) return;
        foreach (CitationAnnotation citation in annotations.OfType<CitationAnnotation>()) AddSource(citation);
    }

    private static bool IsWebAddress(Uri? address) => address is { IsAbsoluteUri: true, Scheme: "http" or "https" };

    private static (string Name, JsonObject? Input)? Describe(ToolCallContent call) => call switch
    {
        CodeInterpreterToolCallContent code => ("code_interpreter", new JsonObject { ["code"] = TextOf(code.Inputs) }),
        WebSearchToolCallContent search => ("web_search", new JsonObject
        {
            ["queries"] = new JsonArray([.. (search.Queries ?? []).Select(query => (JsonNode?)query)]),
        }),
        McpServerToolCallContent mcp => (mcp.Name, JsonNode.Parse(UIJson.Serialize(mcp.Arguments)) as JsonObject),
        ImageGenerationToolCallContent => ("image_generation", null),
        _ => null,
    };

    private static (string Name, object? Output)? Describe(ToolResultContent result) => result switch
    {
        CodeInterpreterToolResultContent code => ("code_interpreter", code.Outputs),
        WebSearchToolResultContent search => ("web_search", search.Outputs),
        McpServerToolResultContent mcp => ("mcp", mcp.Outputs),
        ImageGenerationToolResultContent image => ("image_generation", image.Outputs),
        _ => null,
    };

    private static string TextOf(IEnumerable<AIContent>? contents) => string.Concat((contents ?? []).Select(content => content switch
    {
        TextContent text => text.Text,
        DataContent data when data.HasTopLevelMediaType("text") || data.MediaType == "application/x-python" =>
            System.Text.Encoding.UTF8.GetString(data.Data.Span),
        _ => "",
    }));

    private void AddCall(string id, string name, byte[] input)
    {
        _providerCalls.Add(id);
        step.Add(() => chunks.WriteInputAvailable(id, name, input, isProviderRun: true));
    }

    private void AddResult(string id, string name, byte[] output)
    {
        // The client ends with an error at the result of a call that it does not know.
        if (!_providerCalls.Contains(id)) AddCall(id, name, [.. "{}"u8]);
        step.Add(() => chunks.WriteOutputAvailable(id, output, isProviderRun: true));
    }

    private void AddSource(CitationAnnotation citation)
    {
        if (IsWebAddress(citation.Url))
        {
            string url = citation.Url!.AbsoluteUri;
            if (_sources.Add(url)) Add(id => chunks.WriteSourceUrl(id, url, citation.Title));
        }
        else if ((citation.Title ?? citation.FileId) is { Length: > 0 } title && _sources.Add($"{citation.FileId} {title}"))
        {
            // The protocol requires a media type, which a citation does not have.
            Add(id => chunks.WriteSourceDocument(id, "text/plain", title, fileName: null));
        }
    }

    private void Add(Action<string> writeSource)
    {
        string id = $"source-{_sources.Count}";
        step.Add(() => writeSource(id));
    }
}
