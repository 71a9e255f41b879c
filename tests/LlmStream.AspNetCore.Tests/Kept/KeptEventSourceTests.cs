using System.Net;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary><c>EventSource</c>, which connects anew with the id of the last event after every end.</summary>
public class KeptEventSourceTests
{
    private const string Path = "/api/chat?message=hi";

    [Fact]
    public async Task A_reconnection_continues_after_the_last_event_and_begins_nothing()
    {
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("The ", "sky ", "is ", "blue."));
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync, options => options.AllowGet = true);
        answer.Permit(2);
        HttpResponseMessage first = await node.GetAsync(Path);
        IAsyncEnumerator<SentEvent> reader = first.EnumerateEventsAsync().GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("", reader.Current.Data); // the id that is sent at once
        Assert.Matches("^[0-9a-z]{26,}/[0-9a-z]+-0$", reader.Current.Id);
        Assert.True(await reader.MoveNextAsync());
        string text = (string)reader.Current.Json["content"]!;
        string? id = reader.Current.Id;
        await reader.DisposeAsync();
        first.Dispose();
        answer.PermitAll();

        using HttpResponseMessage second = await node.GetAsync(Path, id);
        List<SentEvent> rest = await second.ReadEventsAsync();
        using HttpResponseMessage third = await node.GetAsync(Path, rest[^1].Id);

        Assert.Equal("The sky is blue.", text + rest.Text());
        Assert.Equal(HttpStatusCode.NoContent, third.StatusCode);
        Assert.Equal(1, answer.Runs);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("abcdefghijklmnopqrstuvwxyz/abc-0")]
    [InlineData("abc-3")]
    public async Task A_reconnection_to_nothing_is_told_to_stop(string id)
    {
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("Hello."));
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync, options => options.AllowGet = true);
        using HttpResponseMessage response = await node.GetAsync(Path, id);

        Assert.Equal((HttpStatusCode.NoContent, 0), (response.StatusCode, answer.Runs));
    }

    [Fact]
    public async Task Somebody_else_is_told_to_stop_too()
    {
        var answer = new SteppedAnswer(Wires.Encoded.Pieces("Hello."));
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync, options => options.AllowGet = true);
        using HttpResponseMessage first = await node.GetAsync(Path);
        string? id = (await first.ReadEventsAsync())[0].Id;
        using HttpClient stranger = node.CreateStranger();
        using HttpResponseMessage response = await node.GetAsync(Path, id, stranger);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}
