using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Wires;

/// <summary>OpenAI's list of models, which SDKs and chat UIs ask for when they connect.</summary>
internal sealed class OpenAIModels(IReadOnlyList<string> models)
{
    /// <summary>Answers <c>GET …/models</c>.</summary>
    public Task ListAsync(HttpContext http) => WriteAsync(http, json =>
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (string model in models) WriteModel(json, model);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Answers <c>GET …/models/{model}</c>.</summary>
    public Task GetAsync(HttpContext http)
    {
        string? id = http.Request.RouteValues["model"] as string;
        if (id is not null && models.Contains(id, StringComparer.Ordinal)) return WriteAsync(http, json => WriteModel(json, id));
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return WriteAsync(http, static json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, "There is no such model."u8);
            json.WriteString("type"u8, "invalid_request_error"u8);
            json.WriteString("code"u8, "model_not_found"u8);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void WriteModel(Utf8JsonWriter json, string model)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, 0);
        json.WriteString("owned_by"u8, "llmstream"u8);
        json.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter)) write(json);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }
}
