using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Fakes;

/// <summary>Asserts that a request cannot be built, and that the exception names the public parameter and the reason.</summary>
internal static class RequestAssert
{
    private static readonly ChatMessage[] Hi = [new(ChatRole.User, "Hi")];

    public static void RefusesMessages(this ChatDialect dialect, string because, params ChatMessage[] messages)
    {
        ArgumentException e = Assert.Throws<ArgumentException>("messages", () => dialect.BuildRequest(messages));
        Assert.Contains(because, e.Message, StringComparison.Ordinal);
    }

    public static void RefusesOptions(this ChatDialect dialect, string because, ChatOptions options)
    {
        ArgumentException e = Assert.Throws<ArgumentException>("options", () => dialect.BuildRequest(Hi, options));
        Assert.Contains(because, e.Message, StringComparison.Ordinal);
    }
}
