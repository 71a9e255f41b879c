using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>OpenAI's list of models, which SDKs and chat UIs ask for when they connect.</summary>
internal sealed class OpenAIModels(IReadOnlyList<string> models)
{
    private static readonly WireFailure NotFound =
        new("model_not_found", "There is no such model.", StatusCodes.Status404NotFound) { Parameter = "model" };

    /// <summary>Answers <c>GET …/models</c>.</summary>
    public Task ListAsync(HttpContext http) => WriteAsync(http, json =>
    {
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (string model in models)
        {
            json.WriteStartObject();
            WriteModel(json, model);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Answers <c>GET …/models/{model}</c>. Names may contain slashes, which clients send as they are, or as %2F.</summary>
    public Task GetAsync(HttpContext http)
    {
        string? id = (http.Request.RouteValues["model"] as string)?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (id is not null && models.Contains(id, StringComparer.Ordinal)) return WriteAsync(http, json => WriteModel(json, id));
        http.Response.StatusCode = NotFound.Status;
        return WriteAsync(http, static json => OpenAIError.Write(json, NotFound));
    }

    private static void WriteModel(Utf8JsonWriter json, string model)
    {
        json.WriteString("id"u8, model);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, 0); // required; unknown here
        json.WriteString("owned_by"u8, "llmstream"u8);
    }

    private static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter, EventWriter.JsonOptions))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }
}
