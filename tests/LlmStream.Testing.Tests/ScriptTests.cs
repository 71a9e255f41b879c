namespace LlmStream.Testing.Tests;

public sealed class ScriptTests
{
    private static readonly Script Answer = Script.Answer("One two three");

    [Fact]
    public async Task Script_is_not_changed_by_its_methods()
    {
        Answer.ResetAt(1).Then(Script.Status(500)).WithHeader("a", "b");

        Assert.Equal("One two three", (await RawHttp.RequestAsync(Answer)).Answer());
    }

    [Fact]
    public void Methods_of_answers_do_not_apply_to_other_steps() =>
        Assert.Throws<InvalidOperationException>(() => Script.Status(500).WithUsage());

    [Fact]
    public void Comment_must_not_contain_a_line_ending()
    {
        Assert.Throws<ArgumentException>(() => Answer.WithKeepAlives("a\nb"));
        Assert.Throws<ArgumentException>(() => Answer.WithComment(0, "a\rb"));
    }

    [Fact]
    public async Task Recording_is_written_in_its_recorded_chunks()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".sse");
        try
        {
            await File.WriteAllTextAsync(file, "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n");
            RawResponse plain = await RawHttp.RequestAsync(Script.Recording(file));
            await File.WriteAllTextAsync(file + ".chunks", "5\n30\n9\n");
            RawResponse chunked = await RawHttp.RequestAsync(Script.Recording(file));

            Assert.Equal(await File.ReadAllBytesAsync(file), plain.Body);
            Assert.Equal([15, 15, 14], plain.Chunks);
            Assert.Equal(plain.Body, chunked.Body);
            Assert.Equal([5, 30, 9], chunked.Chunks);
            Assert.Equal("text/event-stream", plain.Headers["Content-Type"]);
        }
        finally
        {
            File.Delete(file);
            File.Delete(file + ".chunks");
        }
    }

    [Fact]
    public async Task Html_json_redirects_and_other_content_types_are_sent_unchanged()
    {
        RawResponse html = await RawHttp.RequestAsync(Script.Html());
        RawResponse json = await RawHttp.RequestAsync(Script.Json("{\"error\":\"no\"}"));
        RawResponse redirect = await RawHttp.RequestAsync(Script.Redirect(new Uri("http://127.0.0.1:9/elsewhere"), 308));
        RawResponse wrongType = await RawHttp.RequestAsync(Answer.WithContentType("text/plain"));

        Assert.Equal((200, "text/html; charset=utf-8"), (html.Status, html.Headers["Content-Type"]));
        Assert.StartsWith("<!DOCTYPE html>", html.Text, StringComparison.Ordinal);
        Assert.Equal((200, "application/json", "{\"error\":\"no\"}"), (json.Status, json.Headers["Content-Type"], json.Text));
        Assert.Equal((308, 0), (redirect.Status, redirect.Body.Length));
        Assert.Equal("http://127.0.0.1:9/elsewhere", redirect.Headers["Location"]);
        Assert.Equal(("text/plain", "One two three"), (wrongType.Headers["Content-Type"], wrongType.Answer()));
    }

    [Fact]
    public async Task Status_can_have_a_body_and_headers()
    {
        Script script = Script.Status(502, "<h1>Bad gateway</h1>", "text/html")
            .WithRetryAfter(TimeSpan.FromSeconds(1.5))
            .WithHeader("X-Cache", "MISS");
        RawResponse response = await RawHttp.RequestAsync(script);

        Assert.Equal((502, "<h1>Bad gateway</h1>"), (response.Status, response.Text));
        Assert.Equal(("text/html", "2"), (response.Headers["Content-Type"], response.Headers["Retry-After"]));
        Assert.Equal("MISS", response.Headers["X-Cache"]);
    }

    [Fact]
    public async Task Finish_reason_and_end_marker_can_be_omitted()
    {
        string complete = (await RawHttp.RequestAsync(Answer)).Text;
        string withoutMarker = (await RawHttp.RequestAsync(Answer.WithoutEndMarker())).Text;
        string withoutBoth = (await RawHttp.RequestAsync(Answer.WithoutEndMarker().WithoutFinishReason())).Text;

        Assert.Equal(complete, withoutMarker + "data: [DONE]\n\n");
        Assert.Contains("\"finish_reason\":\"stop\"", withoutMarker, StringComparison.Ordinal);
        Assert.DoesNotContain("\"stop\"", withoutBoth, StringComparison.Ordinal);
    }
}
