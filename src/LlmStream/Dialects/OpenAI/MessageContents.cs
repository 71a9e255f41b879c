using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Adds to a choice what a message has besides text, reasoning, and calls: images, audio, citations, and sources.</summary>
/// <remarks>
/// What has a type in Microsoft.Extensions.AI is converted to it. Anything else is kept as it was sent. The same content is added once,
/// because some providers repeat it in every chunk (Perplexity's <c>citations</c>), or under two names (<c>citations</c> and
/// <c>search_results</c>).
/// </remarks>
internal static class MessageContents
{
    /// <summary>The fields with the sources of an answer, in a message or in the chunk itself.</summary>
    /// <remarks>
    /// Perplexity and xAI (<c>citations</c>, <c>search_results</c>), Zhipu (<c>web_search</c>), Volcengine (<c>references</c>), DashScope
    /// and Hunyuan (<c>search_info</c>).
    /// </remarks>
    public static FieldNames SourceFields { get; } = new("search_results", "citations", "web_search", "references", "search_info");

    /// <summary>Adds an image, or a part of a content that is neither text nor reasoning.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="field">The field with the list of parts.</param>
    /// <param name="raw">The part.</param>
    public static void AddPart(ChoiceBuilder choice, string field, byte[] raw)
    {
        JsonElement part = JsonText.ParseElement(raw);
        bool isAudio = part.TryGetField("audio", out JsonElement audio) && audio.ValueKind == JsonValueKind.Object;
        // Pieces of audio may be equal, such as silence.
        if (isAudio) AddAudio(choice, audio);
        else if (choice.IsNewContent(KeyOf(raw))) choice.AddContent(Image(part) ?? MessageFields.OfPart(field, raw), raw.Length);
    }

    /// <summary>
    /// Adds audio: its data as <see cref="DataContent"/>, and its id and transcript as they were sent. The transcript is not text of the
    /// answer: the model spoke it (Microsoft.Extensions.AI.OpenAI makes no text of it either).
    /// </summary>
    public static void AddAudio(ChoiceBuilder choice, JsonElement audio)
    {
        byte[]? data = DataOf(audio);
        if (data is not null) AddAudio(choice, data);
        if (audio.ValueKind != JsonValueKind.Object) return;
        var rest = new JsonObject();
        bool hasRest = false;
        foreach (JsonProperty field in audio.EnumerateObject())
        {
            if (data is not null && field.NameEquals("data"u8)) continue;
            rest[field.Name] = JsonNodes.FromElement(field.Value);
            hasRest |= field.Value.ValueKind is not JsonValueKind.Null
                && (field.Value.ValueKind is not JsonValueKind.String || !field.Value.ValueEquals(""u8));
        }

        if (!hasRest) return;
        byte[] kept = Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(rest));
        choice.AddContent(MessageFields.OfField("audio", kept), kept.Length);
    }

    /// <summary>Adds the data of audio.</summary>
    public static void AddAudio(ChoiceBuilder choice, byte[] data) =>
        choice.AddContent(MessageFields.Mark(new DataContent(data, AudioType(data)), MessageFields.Audio), data.Length);

    /// <summary>The data of audio; null if there is none, or if it is not base64.</summary>
    private static byte[]? DataOf(JsonElement audio)
    {
        if (!audio.TryGetField("data", out JsonElement field) || field.ValueKind != JsonValueKind.String) return null;
        if (field.ValueEquals(""u8)) return null;
        if (field.TryGetBytesFromBase64(out byte[]? bytes)) return bytes;
        return audio.Text("data") is { } text && Base64.IsValid(text) ? Convert.FromBase64String(text) : null;
    }

    /// <summary>Adds an annotation: a citation, or any other as it was sent (such as OpenRouter's parsed files).</summary>
    public static void AddAnnotation(ChoiceBuilder choice, byte[] raw)
    {
        if (!choice.IsNewContent(KeyOf(raw))) return;
        JsonElement annotation = JsonText.ParseElement(raw);
        // OpenAI nests the fields of a citation in a field that is named like its type.
        string? type = annotation.Text("type");
        JsonElement fields = type is not null && annotation.TryGetField(type, out JsonElement nested) ? nested : annotation;
        bool isCitation = UrlOf(fields) is not null || fields.Text("file_id") is not null;
        choice.AddContent(isCitation ? Citation(fields, type) : MessageFields.OfPart("annotations", raw), raw.Length);
    }

    /// <summary>Adds the sources in a field: addresses, or objects with an address and a title.</summary>
    public static void AddSources(ChoiceBuilder choice, string field, JsonElement value)
    {
        // {"search_results": […]}, as the value of search_info
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonElement source in value.Items("search_results")) AddSource(choice, field, source);
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement source in value.EnumerateArray()) AddSource(choice, field, source);
        }
    }

    /// <summary>Adds the context of Azure OpenAI on your data: its citations, and the rest as it was sent.</summary>
    public static void AddContext(ChoiceBuilder choice, byte[] raw)
    {
        if (!choice.IsNewContent(KeyOf(raw))) return;
        if (JsonNodes.FromElement(JsonText.ParseElement(raw)) is not JsonObject context) return;
        JsonElement json = JsonText.ParseElement(raw);
        foreach (JsonElement source in json.Items("citations")) AddSource(choice, "citations", source);
        context.Remove("citations");
        if (!context.Any(field => field.Value is not null)) return;
        byte[] rest = Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(context));
        choice.AddContent(MessageFields.OfField("context", rest), rest.Length);
    }

    private static void AddSource(ChoiceBuilder choice, string field, JsonElement source)
    {
        if (source.ValueKind is JsonValueKind.Null) return;
        string? url = source.ValueKind == JsonValueKind.String ? source.GetString() : UrlOf(source);
        // Documents of a search index may have no address, or parts of one document the same.
        string? key = source.Text("chunk_id") is null && !string.IsNullOrEmpty(url) ? url : null;
        if (key is not null && !choice.IsNewContent("source " + key)) return; // nearly always, without a copy of the source
        string raw = source.GetRawText();
        if (key is null && !choice.IsNewContent("source " + raw)) return;
        if (source.ValueKind == JsonValueKind.String)
        {
            if (string.IsNullOrWhiteSpace(url)) return;
            Uri? uri = ToUri(url);
            choice.AddContent(CitationOf(new CitationAnnotation { Url = uri, Title = uri is null ? url : null }, null), raw.Length);
        }
        else if (url is not null || source.Text("title") is not null || source.Text("filepath") is not null)
            choice.AddContent(Citation(source, null), raw.Length);
        else choice.AddContent(MessageFields.OfPart(field, Encoding.UTF8.GetBytes(raw)), raw.Length);
    }

    private static string KeyOf(byte[] raw) => Convert.ToHexString(SHA256.HashData(raw));

    private static AIContent Citation(JsonElement fields, string? type)
    {
        var citation = new CitationAnnotation
        {
            Title = fields.Text("title") ?? fields.Text("filename") ?? fields.Text("site_name"),
            Url = ToUri(UrlOf(fields)),
            FileId = fields.Text("file_id") ?? fields.Text("filepath"),
            Snippet = fields.Text("content") ?? fields.Text("snippet") ?? fields.Text("quote") ?? fields.Text("summary"),
        };
        if (fields.Number("start_index") is { } start && fields.Number("end_index") is { } end)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }];
        return CitationOf(citation, type);
    }

    private static TextContent CitationOf(CitationAnnotation citation, string? type)
    {
        if (type is not null) citation.AdditionalProperties = new AdditionalPropertiesDictionary { ["type"] = type };
        return new TextContent("") { Annotations = [citation] };
    }

    private static string? UrlOf(JsonElement fields) => fields.Text("url") ?? fields.Text("link") ?? fields.Text("uri");

    private static Uri? ToUri(string? url) => url is not null && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) ? uri : null;

    /// <summary>An image by its address or its data, or null.</summary>
    private static AIContent? Image(JsonElement part)
    {
        if (part.ValueKind == JsonValueKind.String) return ImageAt(part.GetString());
        if (part.Text("b64_json") is { } data && Base64.IsValid(data)) return ImageOf(Convert.FromBase64String(data));
        foreach (string field in (ReadOnlySpan<string>)["image_url", "image", "imageUrl"])
        {
            if (part.Text(field) is { } url) return ImageAt(url);
            if (part.TryGetField(field, out JsonElement nested) && nested.Text("url") is { } address) return ImageAt(address);
        }

        return part.Text("type") is "image" or "image_url" or "output_image" or null ? ImageAt(part.Text("url")) : null;
    }

    private static AIContent? ImageAt(string? url)
    {
        if (ToUri(url) is not { } uri) return null;
        if (uri.Scheme is "http" or "https") return MessageFields.Mark(new UriContent(uri, "image/*"), MessageFields.Images);
        int comma = url!.IndexOf(',', StringComparison.Ordinal);
        bool isBase64 = comma > 0 && url.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase);
        if (uri.Scheme is not "data" || !isBase64 || !Base64.IsValid(url.AsSpan(comma + 1))) return null;
        return ImageOf(Convert.FromBase64String(url[(comma + 1)..]), url["data:".Length..comma].Split(';')[0]);
    }

    private static AIContent ImageOf(byte[] data, string declared = "") => MessageFields.Mark(
        new DataContent(data, declared.StartsWith("image/", StringComparison.Ordinal) ? declared : ImageType(data)), MessageFields.Images);

    private static string ImageType(ReadOnlySpan<byte> data) => data switch
    {
        [0xFF, 0xD8, ..] => "image/jpeg",
        [(byte)'G', (byte)'I', (byte)'F', ..] => "image/gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "image/webp",
        _ => "image/png",
    };

    /// <summary>The media type of audio. A stream has raw samples (<c>pcm16</c>); others are recognized by their first bytes.</summary>
    private static string AudioType(ReadOnlySpan<byte> data) => data switch
    {
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "audio/wav",
        [(byte)'I', (byte)'D', (byte)'3', ..] or [0xFF, 0xFB or 0xF3 or 0xF2, ..] => "audio/mpeg",
        [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => "audio/ogg",
        [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..] => "audio/flac",
        _ => "audio/pcm",
    };
}
