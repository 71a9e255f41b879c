using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Audio and files in a message's content, as in Chat Completions and Responses.</summary>
internal static class OpenAIParts
{
    /// <summary>Audio, as Base64 or as a link.</summary>
    public static JsonObject Audio(string data, string mediaType)
    {
        string subtype = SubtypeOf(mediaType);
        string format = subtype switch
        {
            "mpeg" => "mp3",
            "wave" or "vnd.wave" => "wav",
            _ => subtype,
        };
        return MessageParts.Part("input_audio", new JsonObject { ["data"] = data, ["format"] = format });
    }

    /// <summary>The name of a file that has none. A name is required, and PDF files are recognized by its extension.</summary>
    public static string DefaultFileName(string mediaType) => "file." + (SubtypeOf(mediaType) is "plain" ? "txt" : SubtypeOf(mediaType));

    /// <summary>The last segment of a link's path, or a default name.</summary>
    public static string FileNameOf(UriContent link)
    {
        string name = link.Uri.IsAbsoluteUri ? Path.GetFileName(Uri.UnescapeDataString(link.Uri.AbsolutePath)) : "";
        return name.Length > 0 ? name : DefaultFileName(link.MediaType);
    }

    private static string SubtypeOf(string mediaType)
    {
        string subtype = mediaType[(mediaType.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(';')[0].Trim().ToLowerInvariant();
        return subtype.StartsWith("x-", StringComparison.Ordinal) ? subtype[2..] : subtype;
    }
}
