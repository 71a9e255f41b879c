using LlmStream.Inspection;

namespace LlmStream.Tests.Inspection;

public class ControlCharactersTests
{
    [Theory]
    [InlineData("plain text, שלום \u200F你好 👩\u200D🚀", 0)]
    [InlineData("two\nlines\r\nand a\ttab", 0)]
    [InlineData("back\rover", 1)]
    [InlineData("at the end\r", 1)]
    [InlineData("\u001B[31mred\u001B[0m", 2)]
    [InlineData("bell\a, delete\u007F, nul\0, CSI\u009B", 4)]
    [InlineData("\u202Eevil\u202C \u2066x\u2069 a\u2028b\u2029", 6)]
    public void They_are_counted(string text, int count) => Assert.Equal(count, ControlCharacters.Count(text));
}
