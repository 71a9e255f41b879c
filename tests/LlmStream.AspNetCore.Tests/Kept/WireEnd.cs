using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>How an answer ended for a client: each wire has its own events for it.</summary>
internal enum WireEnd
{
    /// <summary>The body ended, and nothing else.</summary>
    None,
    Complete,
    Canceled,
    Error,
}

/// <summary>Finds the end among events.</summary>
internal static class WireEnds
{
    /// <summary>The end of an answer. Fails if it has more than one.</summary>
    public static WireEnd EndOf(this IEnumerable<SentEvent> events, string wire)
    {
        WireEnd[] ends = [.. events.Select(sent => Of(wire, sent.Data)).Where(end => end != WireEnd.None)];
        return ends.Length == 0 ? WireEnd.None : Assert.Single(ends);
    }

    private static WireEnd Of(string wire, string data)
    {
        if (data == "[DONE]") return wire == "openai" ? WireEnd.Complete : WireEnd.None; // of UI messages it follows every end
        if (data.Length == 0) return WireEnd.None;
        JsonNode json = JsonNode.Parse(data)!;
        string? type = (string?)json["type"];
        return wire switch
        {
            "ui-messages" => type switch
            {
                "finish" => WireEnd.Complete,
                "abort" => WireEnd.Canceled,
                "error" => WireEnd.Error,
                _ => WireEnd.None,
            },
            "ag-ui" => type switch
            {
                "RUN_FINISHED" => data.Contains("cancelled", StringComparison.Ordinal) ? WireEnd.Canceled : WireEnd.Complete,
                "RUN_ERROR" => WireEnd.Error,
                _ => WireEnd.None,
            },
            "openai" => json["error"] is { } error ? Failed((string?)error["code"]) : WireEnd.None,
            _ => json["error"] is { } text ? Failed((string?)text) : json["done"] is not null ? WireEnd.Complete : WireEnd.None,
        };
    }

    private static WireEnd Failed(string? text) => text == "cancelled" ? WireEnd.Canceled : WireEnd.Error;
}
