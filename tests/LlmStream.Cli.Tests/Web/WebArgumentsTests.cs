using LlmStream.Cli.Web;

namespace LlmStream.Cli.Tests.Web;

public class WebArgumentsTests
{
    // Independent of the environment variables of this machine.
    private static readonly CliEnvironment Environment = new() { GetVariable = name => name == "DEEPSEEK_API_KEY" ? "sk-1" : null };

    [Fact]
    public void Defaults_are_any_port_and_a_script()
    {
        WebArguments arguments = Parse(new());

        Assert.Equal(0, arguments.Port);
        Assert.NotNull(arguments.Script);
        Assert.Equal((new LlmRetryOptions(), new LlmResumeOptions()), (arguments.Options.Retry, arguments.Options.Resume));
    }

    [Fact]
    public void Provider_is_used_as_in_the_command_chat()
    {
        WebArguments arguments = Parse(new() { Provider = "deepseek", Model = "m", Port = "8080" });

        Assert.Equal((8080, null), (arguments.Port, arguments.Script));
        Assert.Equal(("deepseek", "m", "sk-1"), (arguments.Options.Provider.Name, arguments.Options.Model, arguments.Options.ApiKey));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("deepseek")]
    public void No_resume_turns_off_retries_too(string? provider)
    {
        LlmStreamOptions options = Parse(new() { Provider = provider, NoResume = true }).Options;

        Assert.Equal((LlmRetryOptions.Off, LlmResumeOptions.Off), (options.Retry, options.Resume));
    }

    [Theory]
    [InlineData("localhost", "localhost:6379")]
    [InlineData("127.0.0.1:7000", "127.0.0.1:7000")]
    [InlineData("[::1]:7000", "[::1]:7000")]
    [InlineData("redis.example:6379", "redis.example:6379")]
    public void Redis_has_a_default_port_and_a_lease(string value, string address)
    {
        Assert.Equal(new RedisArguments(address, TimeSpan.FromSeconds(15)), Parse(new() { Redis = value }).Redis);
        Assert.Equal(TimeSpan.FromSeconds(3), Parse(new() { Redis = value, Lease = "3" }).Redis!.Lease);
        Assert.Null(Parse(new()).Redis);
    }

    private static WebArguments Parse(WebInput input) => WebArguments.Parse(input, Environment);
}
