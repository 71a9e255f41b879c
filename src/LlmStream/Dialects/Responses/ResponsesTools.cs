using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Writes tools in the format of Responses: functions, and the provider's own tools.</summary>
internal static class ResponsesTools
{
    /// <summary>Sets <c>tools</c>, <c>tool_choice</c>, and <c>parallel_tool_calls</c>.</summary>
    /// <exception cref="ArgumentException">A tool is not supported.</exception>
    public static void Fill(JsonObject body, ChatOptions options)
    {
        if (options.Tools is { Count: > 0 } tools && !body.ContainsKey("tools"))
            body.Add("tools", new JsonArray([.. tools.Select(tool => (JsonNode)Declare(tool, options))]));
        if (!body.ContainsKey("tools")) return;
        body.Fill("tool_choice", Choice(options.ToolMode));
        body.Fill("parallel_tool_calls", options.AllowMultipleToolCalls);
    }

    private static JsonObject Declare(AITool? tool, ChatOptions options)
    {
        if (tool is AIFunctionDeclaration function) return Function(function, options);
        JsonObject declared = tool switch
        {
            HostedWebSearchTool => OfType("web_search"),
            HostedCodeInterpreterTool code => CodeInterpreter(code),
            HostedFileSearchTool search => FileSearch(search),
            HostedMcpServerTool server => Mcp(server),
            HostedImageGenerationTool => OfType("image_generation"),
            // Refused rather than ignored: without the tool the answers would be worse, and nothing would show why.
            _ => throw InvalidRequest.UnsupportedTool(
                tool,
                "Use AIFunction, AIFunctionDeclaration, or one of the Hosted…Tool classes. To use any other tool, set \"tools\", with all "
                + "tools, in ChatOptions.AdditionalProperties."),
        };
        declared.FillProperties(tool.AdditionalProperties); // such as user_location, size, filters
        return declared;
    }

    private static JsonObject Function(AIFunctionDeclaration function, ChatOptions options)
    {
        JsonObject declared = RequestTools.Describe(function, options);
        declared.Insert(0, "type", "function");
        declared.Fill("strict", false); // the default of this API is true, which most schemas are not suitable for
        return declared;
    }

    private static JsonObject CodeInterpreter(HostedCodeInterpreterTool tool)
    {
        JsonObject declared = OfType("code_interpreter");
        if (tool.AdditionalProperties.ContainsKey("container")) return declared;
        JsonObject container = OfType("auto"); // required
        string[] files = [.. (tool.Inputs ?? []).OfType<HostedFileContent>().Select(file => file.FileId)];
        if (files.Length > 0) container.Add("file_ids", RequestFields.Array(files));
        declared.Add("container", container);
        return declared;
    }

    private static JsonObject FileSearch(HostedFileSearchTool tool)
    {
        JsonObject declared = OfType("file_search");
        IEnumerable<string> stores = (tool.Inputs ?? []).OfType<HostedVectorStoreContent>().Select(store => store.VectorStoreId);
        declared.Add("vector_store_ids", RequestFields.Array(stores));
        declared.Fill("max_num_results", tool.MaximumResultCount);
        return declared;
    }

    private static JsonObject Mcp(HostedMcpServerTool tool)
    {
        JsonObject declared = OfType("mcp");
        declared.Add("server_label", tool.ServerName);
        // A connector of the provider has a name instead of an address.
        declared.Add(Uri.TryCreate(tool.ServerAddress, UriKind.Absolute, out _) ? "server_url" : "connector_id", tool.ServerAddress);
        declared.Fill("server_description", tool.ServerDescription);
        if (tool.AllowedTools is { } allowed) declared.Add("allowed_tools", RequestFields.Array(allowed));
        if (tool.Headers is { Count: > 0 } headers)
        {
            var written = new JsonObject();
            foreach ((string name, string value) in headers) written.Add(name, value);
            declared.Add("headers", written);
        }

        declared.Fill("require_approval", tool.ApprovalMode switch
        {
            HostedMcpServerToolAlwaysRequireApprovalMode => "always",
            HostedMcpServerToolNeverRequireApprovalMode => "never",
            HostedMcpServerToolRequireSpecificApprovalMode specific => Approval(specific),
            _ => null,
        });
        return declared;
    }

    private static JsonObject Approval(HostedMcpServerToolRequireSpecificApprovalMode mode)
    {
        var written = new JsonObject();
        if (mode.AlwaysRequireApprovalToolNames is { } always) written.Add("always", Names(always));
        if (mode.NeverRequireApprovalToolNames is { } never) written.Add("never", Names(never));
        return written;

        static JsonObject Names(IEnumerable<string> names) => new() { ["tool_names"] = RequestFields.Array(names) };
    }

    private static JsonNode? Choice(ChatToolMode? mode) => mode switch
    {
        NoneChatToolMode => "none",
        AutoChatToolMode => "auto",
        RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject { ["type"] = "function", ["name"] = name },
        RequiredChatToolMode => "required",
        _ => null,
    };

    private static JsonObject OfType(string type) => new() { ["type"] = type };
}
