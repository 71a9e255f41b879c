namespace LlmStream.Testing.Tests.Serving;

/// <summary>A reset never discards bytes that were sent before it.</summary>
public sealed class ConnectionSocketTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(9_999_999)]
    public async Task Reset_loses_no_byte_if_the_client_reads_late(int offset)
    {
        byte[] body = new byte[10_000_000];
        Random.Shared.NextBytes(body);
        await using var server = await ScriptedLlmServer.StartAsync(Script.Raw(body).ResetAt(offset));
        using var client = new RawHttp();
        await client.SendAsync(server);
        await server.WaitForRequestAsync();

        RawResponse response = await client.ReadAsync();

        Assert.Equal(body[..offset], response.Body);
        Assert.Equal(ResponseEnd.Reset, response.End);
    }

    [Fact]
    public async Task Reset_loses_no_byte_of_many_small_writes()
    {
        byte[] body = new byte[5_000];
        Random.Shared.NextBytes(body);
        RawResponse response = await RawHttp.RequestAsync(Script.Raw(body).InWritesOf(1).ResetAt(4_999));

        Assert.Equal(body[..4_999], response.Body);
        Assert.All(response.Chunks, size => Assert.Equal(1, size));
        Assert.Equal(ResponseEnd.Reset, response.End);
    }
}
