using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

public class UIMessagesContentTests
{
    [Fact]
    public void Citations_are_sources_each_once()
    {
        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Cats."}
            {"type":"text-end","id":"text-1"}
            {"type":"source-url","sourceId":"source-1","url":"https://cats.example/a?b=c","title":"Cats"}
            {"type":"source-url","sourceId":"source-2","url":"http://dogs.example/"}
            {"type":"source-document","sourceId":"source-3","mediaType":"text/plain","title":"cats.pdf"}
            {"type":"source-document","sourceId":"source-4","mediaType":"text/plain","title":"file-1"}
            """,
            Chunks.Of(
                new ChatDelta { Text = "Cats." },
                Cite(new CitationAnnotation { Url = new Uri("https://cats.example/a?b=c"), Title = "Cats" }),
                Cite(new CitationAnnotation { Url = new Uri("https://cats.example/a?b=c"), Title = "Cats again" }),
                Cite(new CitationAnnotation { Url = new Uri("http://dogs.example") }),
                Cite(new CitationAnnotation { FileId = "file-0", Title = "cats.pdf" }),
                Cite(new CitationAnnotation { FileId = "file-1" }),
                Cite(new CitationAnnotation { Snippet = "no source" })));
    }

    [Fact]
    public void An_address_that_is_not_of_the_web_is_never_a_link()
    {
        string chunks = Chunks.Of(
            Cite(new CitationAnnotation { Url = new Uri("javascript:alert(1)"), Title = "Click" }),
            Cite(new CitationAnnotation { Url = new Uri("javascript:alert(1)") }),
            new ChatDelta { TextOffset = 5, OtherContents = [new UriContent("javascript:alert(1)", "image/png")] });

        Assert.DoesNotContain("javascript", chunks, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_data_links_or_addresses()
    {
        Assert.Equal(
            """
            {"type":"file","url":"data:image/png;base64,iVBOR+8=","mediaType":"image/png"}
            {"type":"file","url":"https://example.com/a%20b.png","mediaType":"image/*"}
            """,
            Chunks.Of(
                Other(new DataContent(Convert.FromBase64String("iVBOR+8="), "image/png")),
                Other(new UriContent(new Uri("https://example.com/a b.png"), "image/*"))));
    }

    [Fact]
    public void Unknown_contents_are_left_out()
    {
        Assert.Equal(
            "",
            Chunks.Of(
                Other(new AIContent { RawRepresentation = "provider" }),
                Other(new ErrorContent("secret")),
                Other(new HostedFileContent("file-1")),
                Other(new TextContent(""))));
    }

    private static ChatDelta Cite(CitationAnnotation citation) =>
        new() { TextOffset = 5, OtherContents = [new TextContent("") { Annotations = [citation] }] };

    private static ChatDelta Other(AIContent content) => new() { OtherContents = [content] };
}
