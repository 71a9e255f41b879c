using LlmStream.Testing.Dialects;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class ServerDialectTests
{
    [Fact]
    public void Every_dialect_of_a_provider_has_a_server_side() => Assert.All(
        ChatDialect.All, dialect => Assert.Contains(ServerDialect.All, server => server.Dialect == dialect));

    [Fact]
    public void Default_dialect_is_OpenAIs() => Assert.Equal(ChatDialect.OpenAI, ServerDialect.Default.Dialect);
}
