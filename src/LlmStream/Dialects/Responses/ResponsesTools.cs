using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Tools as Responses has them: functions, and those that the provider runs by itself.</summary>
internal static class ResponsesTools
{
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
        JsonObject declared = tool switch
        {
            AIFunctionDeclaration function => Function(function, options),
            HostedWebSearchTool => Of("web_search"),
            HostedCodeInterpreterTool code => CodeInterpreter(code),
            HostedFileSearchTool search => FileSearch(search),
            HostedMcpServerTool server => Mcp(server),
            HostedImageGenerationTool => Of("image_generation"),
            null => throw new ArgumentException("A tool is null. Leave it out of ChatOptions.Tools.", nameof(options)),
            _ => throw new ArgumentException(
                $"The tool \"{tool.Name}\" is a {tool.GetType().Name}, which this API cannot be asked for. Give tools as AIFunction or AIFunctionDeclaration, or as one of Hosted…Tool; any other, ask for by \"tools\" in ChatOptions.AdditionalProperties.",
                nameof(options)),
        };
        if (tool is AIFunctionDeclaration) return declared;
        foreach ((string name, object? value) in tool.AdditionalProperties)
        {
            if (!declared.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) declared.Add(name, node); // user_location, size, filters
        }

        return declared;
    }

    private static JsonObject Function(AIFunctionDeclaration function, ChatOptions options)
    {
        JsonObject declared = RequestTools.Describe(function, options);
        declared.Insert(0, "type", "function");
        // Left out, it would mean true here, and few schemas are fit for that.
        declared.Fill("strict", false);
        return declared;
    }

    private static JsonObject CodeInterpreter(HostedCodeInterpreterTool tool)
    {
        JsonObject container = Of("auto");
        string[] files = [.. (tool.Inputs ?? []).OfType<HostedFileContent>().Select(file => file.FileId)];
        if (files.Length > 0) container.Add("file_ids", new JsonArray([.. files.Select(file => (JsonNode?)file)]));
        JsonObject declared = Of("code_interpreter");
        if (!tool.AdditionalProperties.ContainsKey("container")) declared.Add("container", container); // obligatory
        return declared;
    }

    private static JsonObject FileSearch(HostedFileSearchTool tool)
    {
        JsonObject declared = Of("file_search");
        declared.Add("vector_store_ids", new JsonArray([.. (tool.Inputs ?? []).OfType<HostedVectorStoreContent>().Select(store => (JsonNode?)store.VectorStoreId)]));
        declared.Fill("max_num_results", tool.MaximumResultCount);
        return declared;
    }

    private static JsonObject Mcp(HostedMcpServerTool tool)
    {
        JsonObject declared = Of("mcp");
        declared.Add("server_label", tool.ServerName);
        // A connector of the provider's own has a name in place of an address.
        declared.Add(Uri.TryCreate(tool.ServerAddress, UriKind.Absolute, out _) ? "server_url" : "connector_id", tool.ServerAddress);
        declared.Fill("server_description", tool.ServerDescription);
        if (tool.AllowedTools is { } allowed) declared.Add("allowed_tools", new JsonArray([.. allowed.Select(name => (JsonNode?)name)]));
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
            HostedMcpServerToolRequireSpecificApprovalMode specific => Specific(specific),
            _ => null,
        });
        return declared;
    }

    private static JsonObject Specific(HostedMcpServerToolRequireSpecificApprovalMode mode)
    {
        var written = new JsonObject();
        if (mode.AlwaysRequireApprovalToolNames is { } always) written.Add("always", Names(always));
        if (mode.NeverRequireApprovalToolNames is { } never) written.Add("never", Names(never));
        return written;

        static JsonObject Names(IEnumerable<string> names) => new() { ["tool_names"] = new JsonArray([.. names.Select(name => (JsonNode?)name)]) };
    }

    private static JsonNode? Choice(ChatToolMode? mode) => mode switch
    {
        NoneChatToolMode => "none",
        AutoChatToolMode => "auto",
        RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject { ["type"] = "function", ["name"] = name },
        RequiredChatToolMode => "required",
        _ => null,
    };

    private static JsonObject Of(string type) => new() { ["type"] = type };
}
