using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class PathTemplateTests
{
    [Theory]
    [InlineData("models/{model}:go?alt=sse", "m-1", "models/m-1:go?alt=sse")]
    [InlineData("deployments/{model}/chat", "a/b", "deployments/a%2Fb/chat")]
    [InlineData("{model}/{model}", "a?b#c%d:e 天", "a%3Fb%23c%25d%3Ae%20%E5%A4%A9/a%3Fb%23c%25d%3Ae%20%E5%A4%A9")]
    [InlineData("chat/completions", "../..", "chat/completions")]
    public void The_model_is_one_segment(string path, string model, string expected) =>
        Assert.Equal(expected, PathTemplate.Expand(path, model));

    [Fact]
    public void A_hierarchical_model_has_several_segments() =>
        Assert.Equal("x/tunedModels/a%3F:go", PathTemplate.Expand("x/{model}:go", "tunedModels/a?", isHierarchical: true));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("//host/x")]
    [InlineData("/x")]
    [InlineData("x/")]
    [InlineData("a//b")]
    [InlineData(" //x")]
    [InlineData("http:///host/x")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../../admin")]
    [InlineData("models/../other")]
    [InlineData("\\\\host\\x")]
    [InlineData("/\\host/x")]
    [InlineData("a\r\nb")]
    [InlineData("a\0b")]
    public void A_model_that_would_change_the_address_is_refused(string model)
    {
        Assert.Throws<ArgumentException>("model", () => PathTemplate.Expand("models/{model}:go", model, isHierarchical: true));
        Assert.Throws<ArgumentException>("model", () => PathTemplate.Expand("models/{model}:go", model));
    }
}
