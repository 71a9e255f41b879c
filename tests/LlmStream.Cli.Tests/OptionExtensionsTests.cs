using System.CommandLine;

namespace LlmStream.Cli.Tests;

public class OptionExtensionsTests
{
    [Theory]
    [InlineData("red", null)]
    [InlineData("Red", "unknown color 'Red'; expected one of red, green")]
    [InlineData("blue", "unknown color 'blue'; expected one of red, green")]
    public void AcceptOnly_refuses_other_values_on_one_line(string value, string? error)
    {
        var option = new Option<string>("--color");
        option.AcceptOnly("color", ["red", "green"]);
        var command = new RootCommand { option };

        Assert.Equal(error, command.Parse(["--color", value]).Errors.SingleOrDefault()?.Message);
    }
}
