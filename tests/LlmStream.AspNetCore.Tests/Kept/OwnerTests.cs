using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Only its owner can resume or stop a stream; to all others it does not exist.</summary>
public class OwnerTests
{
    private static SteppedAnswer CreateAnswer() => new(Wires.Encoded.Pieces("Hello, ", "world."));

    [Fact]
    public async Task A_browser_is_known_by_a_random_cookie_that_every_answer_sets()
    {
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using HttpResponseMessage nothing = await node.GetAsync("/api/chat/chat-1/stream");
        using HttpResponseMessage answered = await node.AskAsync("json");

        string cookie = Assert.Single(nothing.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^llmstream-owner=[0-9a-f]{64}; max-age=86400; path=/; samesite=lax; httponly$", cookie);
        Assert.Equal(cookie, Assert.Single(answered.Headers.GetValues("Set-Cookie"))); // extended, not replaced
    }

    [Fact]
    public async Task A_cookie_that_is_not_random_is_replaced()
    {
        await using KeptNode node = await KeptNode.StartAsync(CreateAnswer().StreamAsync);
        using HttpClient client = node.CreateStranger();
        client.DefaultRequestHeaders.Add("Cookie", "llmstream-owner=1");
        using HttpResponseMessage response = await node.GetAsync("/api/chat/chat-1/stream", client: client);

        Assert.Matches("^llmstream-owner=[0-9a-f]{64};", Assert.Single(response.Headers.GetValues("Set-Cookie")));
    }

    [Fact]
    public async Task To_somebody_else_a_stream_does_not_exist()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit();
        using HttpResponseMessage response = await node.AskAsync("json");
        using HttpClient stranger = node.CreateStranger();
        string streamId = TurnTests.StreamId(response);

        string unknown = await DescribeAsync(node, "an-unknown-id", stranger);
        Assert.Equal(unknown, await DescribeAsync(node, "chat-1", stranger));
        Assert.Equal(unknown, await DescribeAsync(node, streamId, stranger));
        answer.PermitAll();
        Assert.Contains("done", (await response.ReadEventsAsync())[^1].Data, StringComparison.Ordinal); // nobody stopped it
    }

    [Fact]
    public async Task The_same_chat_id_of_two_owners_is_two_conversations()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using HttpClient stranger = node.CreateStranger();
        answer.Permit(2);
        Task<HttpResponseMessage> first = node.AskAsync("json"), second = node.PostAsync(KeptRequests.Of("json"), client: stranger);
        answer.PermitAll();

        Assert.Contains("done", (await (await first).ReadEventsAsync())[^1].Data, StringComparison.Ordinal);
        Assert.Contains("done", (await (await second).ReadEventsAsync())[^1].Data, StringComparison.Ordinal);
        Assert.Equal(2, answer.Runs);
    }

    [Fact]
    public async Task An_authenticated_user_is_known_by_subject_and_issuer_in_any_browser()
    {
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await StartWithUsersAsync(answer);
        using HttpClient phone = As(node, "ada", "issuer"), laptop = As(node, "ada", "issuer");
        using HttpClient sameNameElsewhere = As(node, "ada", "other"), somebody = As(node, "bob", "issuer");
        using HttpResponseMessage response = await node.PostAsync(KeptRequests.Of("json"), client: phone);
        await response.ReadEventsAsync();

        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, laptop));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(node, sameNameElsewhere));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(node, somebody));
    }

    [Fact]
    public async Task The_application_can_say_whose_a_stream_is()
    {
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(
            answer.StreamAsync, options => options.Owner = http => http.Request.Headers["X-Tenant"].ToString());
        using HttpClient first = node.CreateStranger(), second = node.CreateStranger(), other = node.CreateStranger();
        first.DefaultRequestHeaders.Add("X-Tenant", "a");
        second.DefaultRequestHeaders.Add("X-Tenant", "a");
        other.DefaultRequestHeaders.Add("X-Tenant", "b");
        using HttpResponseMessage response = await node.PostAsync(KeptRequests.Of("json"), client: first);
        await response.ReadEventsAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (await StatusAsync(node, second), await StatusAsync(node, other)));
    }

    private static Task<KeptNode> StartWithUsersAsync(SteppedAnswer answer) => KeptNode.StartAsync(app =>
    {
        app.Use(async (http, next) =>
        {
            var claim = new Claim("sub", http.Request.Headers["X-User"].ToString(), null, http.Request.Headers["X-Issuer"].ToString());
            http.User = new ClaimsPrincipal(new ClaimsIdentity([claim, new Claim(ClaimTypes.Name, "Ada")], "test"));
            await next(http);
        });
        app.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken stopped) => answer.StreamAsync(stopped));
    });

    private static HttpClient As(KeptNode node, string user, string issuer)
    {
        HttpClient client = node.CreateStranger();
        client.DefaultRequestHeaders.Add("X-User", user);
        client.DefaultRequestHeaders.Add("X-Issuer", issuer);
        return client;
    }

    private static async Task<HttpStatusCode> StatusAsync(KeptNode node, HttpClient client)
    {
        using HttpResponseMessage response = await node.GetAsync("/api/chat/chat-1/stream", client: client);
        return response.StatusCode;
    }

    /// <summary>Everything that a client can see of the answers about an id, except its own cookie and the time.</summary>
    private static async Task<string> DescribeAsync(KeptNode node, string id, HttpClient client)
    {
        using HttpResponseMessage resumed = await node.GetAsync($"/api/chat/{id}/stream", client: client);
        using HttpResponseMessage stopped = await client.PostAsync($"/api/chat/{id}/stop", null);
        using HttpResponseMessage deleted = await client.DeleteAsync($"/api/chat/{id}");
        var seen = new List<string>();
        foreach (HttpResponseMessage response in new[] { resumed, stopped, deleted })
        {
            response.Headers.Date = null;
            response.Headers.Remove("Set-Cookie");
            seen.Add($"{response.StatusCode} {response.Headers} {await response.Content.ReadAsStringAsync()}");
        }

        return string.Join('\n', seen);
    }
}
