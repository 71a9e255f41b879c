using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Reading;

/// <summary>Describes how a transcript was read, in the form of an <c>.expected.json</c>. tests/Transcripts/README.md explains the members.</summary>
internal static class Expectation
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Outcome outcome)
    {
        var expected = new JsonObject { ["note"] = "", ["choices"] = new JsonArray([.. outcome.Result.Choices.Select(Choice)]) };
        if (outcome.Result.Usage is { } usage) expected["usage"] = Usage(usage);
        JsonObject stream = Stream(outcome.Result.Stream);
        if (stream.Count > 0) expected["stream"] = stream;
        if (outcome.Exception is { ProviderMessage: not null } exception) expected["error"] = Error(exception);
        expected["ending"] = outcome.Ending;
        return expected.ToJsonString(Format) + "\n";
    }

    private static JsonObject Choice(ChatChoice choice)
    {
        var expected = new JsonObject();
        if (choice.Index != 0) expected["index"] = choice.Index;
        if (choice.Role?.Value != "assistant") expected["role"] = choice.Role?.Value;
        AddText(expected, "reasoning", choice.Reasoning);
        AddText(expected, "text", choice.Text);
        AddText(expected, "refusal", choice.Refusal);
        if (choice.ToolCalls.Count > 0) expected["tools"] = new JsonArray([.. choice.ToolCalls.Select(Tool)]);
        if (choice.FinishReason is { } finish) expected["finish"] = finish.Value;
        return expected;
    }

    private static JsonObject Tool(ToolCall tool) => new() { ["id"] = tool.Id, ["name"] = tool.Name, ["arguments"] = tool.Arguments };

    private static JsonObject Usage(UsageDetails usage)
    {
        var expected = new JsonObject();
        AddCount(expected, "input", usage.InputTokenCount);
        AddCount(expected, "output", usage.OutputTokenCount);
        AddCount(expected, "total", usage.TotalTokenCount);
        AddCount(expected, "cached", usage.CachedInputTokenCount);
        AddCount(expected, "reasoning", usage.ReasoningTokenCount);
        return expected;
    }

    private static JsonObject Stream(ChatStreamInfo info)
    {
        var expected = new JsonObject();
        AddText(expected, "id", info.Id);
        AddText(expected, "model", info.Model);
        AddText(expected, "requestId", info.RequestId);
        if (info.CreatedAt is { } created) expected["created"] = created.ToUnixTimeSeconds();
        return expected;
    }

    private static JsonObject Error(ChatStreamException exception)
    {
        var expected = new JsonObject();
        AddText(expected, "code", exception.ProviderCode);
        AddText(expected, "message", exception.ProviderMessage);
        AddText(expected, "requestId", exception.RequestId);
        if (exception.StatusCode is { } status) expected["status"] = (int)status;
        expected["transient"] = exception.IsTransient;
        return expected;
    }

    private static void AddText(JsonObject expected, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text)) expected[name] = text;
    }

    private static void AddCount(JsonObject expected, string name, long? count)
    {
        if (count is not null) expected[name] = count;
    }
}
