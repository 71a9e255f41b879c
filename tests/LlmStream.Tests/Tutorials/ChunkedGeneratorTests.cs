using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>
/// "流式响应", "分块传输实现": the generator writes chunk framing into a body that the server frames as well, and counts
/// characters instead of bytes.
/// </summary>
public class ChunkedGeneratorTests
{
    [Theory]
    [InlineData(1)] // the tutorial's own answer: one chunk
    [InlineData(400)] // several, each of 1,024 characters
    public async Task Chunk_framing_inside_the_body_is_removed(int repeats)
    {
        string text = string.Concat(Enumerable.Repeat("这是一个分块传输的响应😀", repeats));
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapPost("/api/generate", context => Generate(context, text)));
        using (HttpResponseMessage response = await server.PostAsync("/api/generate"))
        {
            Generated answer = await ChunkedJsonReader.ReadAsync(await response.Content.ReadAsStreamAsync(), TutorialJson.Default.Generated);
            Assert.Equal(text, answer.Response);
        }

        using HttpResponseMessage again = await server.PostAsync("/api/generate");
        var json = new StringBuilder();
        await foreach (string piece in ChunkedJsonReader.ReadTextAsync(await again.Content.ReadAsStreamAsync())) json.Append(piece);
        Assert.Equal($$"""{"response": "{{text}}"}""", json.ToString());

        static async Task Generate(HttpContext context, string text)
        {
            context.Response.ContentType = "application/json";
            Rune[] content = [.. $$"""{"response": "{{text}}"}""".EnumerateRunes()];
            foreach (Rune[] chunk in content.Chunk(1024))
                await TutorialServer.SendAsync(context, string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{string.Concat(chunk)}\r\n"));
            await TutorialServer.SendAsync(context, "0\r\n\r\n");
        }
    }
}
