using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What a chunk has besides text and calls is in the reasoning, in the other contents, or among the unknown fields.</summary>
public class MessageContentsTests
{
    private const string Pixel = "data:image/png;base64,iVBORw0KGgo=";

    [Theory]
    [InlineData("\"reasoning_text\":\"hm\"")]
    [InlineData("\"reasoning_content\":{\"text\":\"hm\"}")]
    [InlineData("\"reasoning\":{\"content\":\"hm\"}")]
    [InlineData("\"reasoning\":{\"summary\":\"hm\"}")]
    [InlineData("\"thinking\":{\"thinking\":\"hm\",\"text\":\"hm\"}")]
    [InlineData("\"reasoning_content\":[\"h\",{\"text\":\"m\"}]")]
    [InlineData("\"reasoning_content\":[{\"content\":\"hm\",\"signature\":\"\"}]")]
    [InlineData("\"reasoning\":[{\"type\":\"summary_text\",\"text\":\"h\"},{\"summary\":[{\"text\":\"m\"}]}]")]
    [InlineData("\"content\":[{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"hm\"}]}]")]
    [InlineData("\"content\":[{\"type\":\"reasoning\",\"text\":\"hm\"}]")]
    [InlineData("\"content\":[{\"text\":\"hm\",\"type\":\"thinking\"}]")]
    [InlineData("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]")]
    [InlineData("\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}]")]
    [InlineData("\"reasoning_content\":\"hm\",\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}]")]
    [InlineData("\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}],\"reasoning_content\":\"hm\"")]
    [InlineData("\"reasoning_text\":\"hm\",\"reasoning_content\":null,\"reasoning\":\"hm\"")]
    [InlineData("\"reasoning_content\":{},\"reasoning\":[],\"reasoning_details\":[{\"text\":\"hm\"}]")]
    public void Reasoning_has_many_forms(string fields)
    {
        foreach (string name in new[] { "delta", "message" })
        {
            ChatStreamResult result = Read($$"""{"choices":[{"{{name}}":{ {{fields}} } }]}""");
            Assert.Equal(("", "hm"), (result.Text, result.Choices[0].Reasoning));
            Assert.Empty(result.Choices[0].OtherContents);
        }
    }

    /// <summary>With a field that it does not know, the audio is read in the form that any audio may have.</summary>
    [Theory]
    [InlineData("'id':'a','data':'AAAA','transcript':'Hi','expires_at':1")]
    [InlineData("'data':'UklGRgA=','expires_at':1.50e2,'id':null")]
    [InlineData("'id':'','transcript':''")]
    [InlineData("'id':null,'data':'AA=='")]
    [InlineData("'data':''")]
    [InlineData("'data':null,'id':'a'")]
    [InlineData("'data':'A A A A='")]
    [InlineData("'data':'AAA=AAAA'")]
    [InlineData("'data':'AAA'")]
    [InlineData("'data':'AB=='")]
    [InlineData("'data':'\\u0041AAA','id':'a'")]
    [InlineData("'data':{},'id':'a'")]
    [InlineData("'transcript':'<&>+~'")]
    [InlineData("'transcript':'\u007f'")]
    [InlineData("'transcript':'a\\nb\\u0041'")]
    [InlineData("'transcript':'\u4f60'")]
    [InlineData("'transcript':['Hi']")]
    [InlineData("'id':'a','id':'b'")]
    [InlineData("'data':'AAAA','data':'BBBB'")]
    public void Audio_is_read_alike_in_its_usual_form_and_in_any_other(string fields)
    {
        string[] Contents(string audio)
        {
            ChatStreamResult result = Read($"{{'choices':[{{'delta':{{'audio':{audio}}}}}]}}".Replace('\'', '"'));
            return [.. result.Choices[0].OtherContents.Select(content => content is DataContent data
                ? $"{data.MediaType} {Convert.ToHexString(data.Data.Span)}"
                : $"{content.RawRepresentation}".Replace(",\"other\":null", "", StringComparison.Ordinal))];
        }

        Assert.Equal(Contents($"{{{fields},'other':null}}"), Contents($"{{{fields}}}"));
    }

    [Theory]
    [InlineData("\"reasoning_opaque\":\"SIG\"", "{\"reasoning_opaque\":\"SIG\"}")]
    [InlineData("\"reasoning_opaque\":\"SIG\",\"reasoning_text\":\"hm\"", "{\"reasoning_opaque\":\"SIG\"}")]
    [InlineData("\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"SIG\"}]", "{\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"SIG\"}]}")]
    [InlineData("\"thinking_blocks\":[{\"type\":\"redacted_thinking\",\"data\":\"SIG\"}]", "{\"thinking_blocks\":[{\"type\":\"redacted_thinking\",\"data\":\"SIG\"}]}")]
    [InlineData("\"reasoning_content\":[{\"content\":\"hm\",\"signature\":\"SIG\"}]", "{\"reasoning_content\":[{\"content\":\"hm\",\"signature\":\"SIG\"}]}")]
    [InlineData("\"content\":[{\"type\":\"reasoning\",\"summary\":[{\"text\":\"hm\",\"signature\":\"SIG\"}]}]", "{\"content\":[{\"type\":\"reasoning\",\"summary\":[{\"text\":\"hm\",\"signature\":\"SIG\"}]}]}")]
    [InlineData("\"executed_tools\":[{\"type\":\"search\"}]", "{\"executed_tools\":[{\"type\":\"search\"}]}")]
    [InlineData("\"annotations\":[{\"type\":\"file\",\"file\":{\"hash\":\"h\"}}]", "{\"annotations\":[{\"type\":\"file\",\"file\":{\"hash\":\"h\"}}]}")]
    [InlineData("\"content\":{\"type\":\"reference\",\"reference_ids\":[1]}", "{\"content\":[{\"type\":\"reference\",\"reference_ids\":[1]}]}")]
    [InlineData("\"content\":[{\"type\":\"tool_result\",\"content\":\"x\"}]", "{\"content\":[{\"type\":\"tool_result\",\"content\":\"x\"}]}")]
    [InlineData("\"content\":[{\"type\":\"text\",\"content\":{\"x\":1}}]", "{\"content\":[{\"type\":\"text\",\"content\":{\"x\":1}}]}")]
    [InlineData("\"reasoning_details\":{\"type\":\"reasoning.encrypted\",\"data\":\"SIG\"}", "{\"reasoning_details\":{\"type\":\"reasoning.encrypted\",\"data\":\"SIG\"}}")]
    [InlineData("\"content\":[{\"type\":\"reference\",\"reference_ids\":[1]}]", "{\"content\":[{\"type\":\"reference\",\"reference_ids\":[1]}]}")]
    [InlineData("\"audio\":{\"id\":\"a\",\"transcript\":\"Hello\"}", "{\"audio\":{\"id\":\"a\",\"transcript\":\"Hello\"}}")]
    [InlineData("\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"blob:x\"}}]", "{\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"blob:x\"}}]}")]
    public void What_has_no_type_is_kept_as_it_was_sent(string fields, string expected)
    {
        AIContent content = Assert.Single(Read(Delta(fields)).Choices[0].OtherContents);
        Assert.Equal(expected, ProviderContent.Read("openai", content)!.ToJsonString());
    }

    [Theory]
    [InlineData("\"images\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + Pixel + "\"}}]", "image/png 8")]
    [InlineData("\"images\":[{\"image_url\":\"" + Pixel + "\"}]", "image/png 8")]
    [InlineData("\"images\":[\"" + Pixel + "\"]", "image/png 8")]
    [InlineData("\"images\":[{\"b64_json\":\"/9j/4A==\"}]", "image/jpeg 4")]
    [InlineData("\"images\":[{\"url\":\"https://example.org/a.png\"}]", "https://example.org/a.png")]
    [InlineData("\"image\":{\"url\":\"https://example.org/a.png\"}", "https://example.org/a.png")]
    [InlineData("\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + Pixel + "\"}}]", "image/png 8")]
    [InlineData("\"content\":[{\"image\":\"https://example.org/a.png\"}]", "https://example.org/a.png")]
    [InlineData("\"images\":[{\"image_url\":{\"url\":\"data:image/png;base64,%%\"}}]", "other")]
    [InlineData("\"images\":[]", "")]
    [InlineData("\"images\":null", "")]
    public void Images_are_data_or_addresses(string fields, string expected)
    {
        foreach (string name in new[] { "delta", "message" })
        {
            IReadOnlyList<AIContent> contents = Read($$"""{"choices":[{"{{name}}":{ {{fields}} } }]}""").Choices[0].OtherContents;
            Assert.Equal(expected, string.Join('|', contents.Select(Show)));
        }
    }

    [Fact]
    public void Audio_is_data_and_its_transcript_is_no_text()
    {
        var feed = new EventFeed(ChatDialect.OpenAI);
        feed.SendAll(
            Delta("\"audio\":{\"id\":\"a\",\"transcript\":\"Hel\"}"), Delta("\"audio\":{\"transcript\":\"lo\"}"),
            Delta("\"audio\":{\"data\":\"AAAA\"}"), Delta("\"audio\":{\"data\":\"AAAA\"}"), // the same twice: silence
            Delta("\"audio\":{\"data\":\"UklGRgA=\",\"transcript\":\"!\",\"expires_at\":1}"), Delta("\"audio\":{\"data\":\"?\"}"), Delta("\"audio\":{}"));
        Assert.Equal("", feed.Result.Text);
        Assert.Equal("other|other|audio/pcm 3|audio/pcm 3|audio/wav 5|other|other", string.Join('|', feed.Result.Choices[0].OtherContents.Select(Show)));
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"https://example.org/a","title":"A","start_index":4,"end_index":5}}]}}]}""", "A https://example.org/a 4-5 url_citation")]
    [InlineData("""{"choices":[{"delta":{"annotations":[{"type":"url_citation","url":"https://example.org/a","title":"A","start_index":4,"end_index":5}]}}]}""", "A https://example.org/a 4-5 url_citation")]
    [InlineData("""{"choices":[{"message":{"annotations":[{"type":"file_citation","file_citation":{"file_id":"f","quote":"q"}}]}}]}""", " f q file_citation")]
    [InlineData("""{"choices":[{"delta":{}}],"citations":["https://example.org/a","https://example.org/b"],"search_results":[{"title":"A","url":"https://example.org/a","snippet":"s"}]}""", "A https://example.org/a s| https://example.org/b")]
    [InlineData("""{"choices":[],"citations":["Chapter 4"]}""", "Chapter 4")]
    [InlineData("""{"choices":[{"delta":{"citations":["https://example.org/a"]}}]}""", " https://example.org/a")]
    [InlineData("""{"choices":[{"delta":{}}],"web_search":[{"title":"A","link":"https://example.org/a","content":"c"}]}""", "A https://example.org/a c")]
    [InlineData("""{"choices":[{"delta":{}}],"search_info":{"search_results":[{"title":"A","url":"https://example.org/a"}]}}""", "A https://example.org/a")]
    [InlineData("""{"choices":[{"delta":{"context":{"citations":[{"title":"A","filepath":"a.md","url":null,"content":"c","chunk_id":"0"},{"title":"A","filepath":"a.md","content":"d","chunk_id":"1"}],"intent":"[]"}}}]}""", "A a.md c|A a.md d|other")]
    [InlineData("""{"choices":[{"delta":{"context":{"messages":[{"role":"tool","content":"{}"}]}}}]}""", "other")]
    [InlineData("""{"choices":[],"citations":null,"search_results":[]}""", "")]
    [InlineData("""{"choices":[],"citations":[null,"",{}]}""", "other")]
    public void Citations_and_sources_are_annotations_of_an_empty_text(string chunk, string expected)
    {
        var feed = new EventFeed(ChatDialect.OpenAI);
        // Perplexity repeats them in every chunk.
        feed.SendAll(chunk, chunk, """{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}""");
        Assert.Equal(expected, string.Join('|', feed.Result.Choices[0].OtherContents.Select(Show)));
        Assert.Equal("Hi", feed.Result.Text);
    }

    [Fact]
    public void The_last_thinking_block_repeats_its_text_with_the_signature()
    {
        var feed = new EventFeed(ChatDialect.OpenAI);
        feed.SendAll(
            Delta("\"reasoning_content\":\"Let me \",\"thinking_blocks\":[{\"thinking\":\"Let me \"}]"), Delta("\"reasoning_content\":\"see.\""),
            Delta("\"reasoning_content\":\"\",\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"Let me see.\",\"signature\":\"S\"}]"));
        Assert.Equal("Let me see.", feed.Result.Choices[0].Reasoning);
        Assert.Single(feed.Result.Choices[0].OtherContents);
    }

    [Fact]
    public void A_refusal_may_be_a_part() =>
        Assert.Equal("No.", Read(Delta("\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]")).Choices[0].Refusal);

    [Fact]
    public void All_contents_of_a_complete_message_are_added() =>
        Assert.Equal(3, Read($$"""{"choices":[{"message":{"images":["{{Pixel}}"],"annotations":[{"type":"a"}],"reasoning_opaque":"S"} }]}""").Choices[0].OtherContents.Count);

    [Fact]
    public void Signatures_are_sent_back_and_media_are_not()
    {
        ChatMessage answer = Read(Delta(
            "\"content\":\"Hi\",\"reasoning_text\":\"hm\",\"reasoning_opaque\":\"O\",\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"S\"}],"
            + "\"images\":[\"" + Pixel + "\"],\"audio\":{\"data\":\"AAAA\",\"transcript\":\"Hi\"}")).ToChatMessage();
        var message = new System.Text.Json.Nodes.JsonObject();
        LlmStream.Dialects.OpenAI.MessageFields.AddTo(message, answer.Contents, null);
        Assert.Equal("""{"reasoning_opaque":"O","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"S"}]}""", message.ToJsonString());
        Assert.All(answer.Contents.OfType<DataContent>(), content => Assert.True(ProviderContent.Is(content)));
    }

    [Fact]
    public void Unknown_fields_are_reported_wherever_they_are()
    {
        var feed = new EventFeed(ChatDialect.OpenAI, isObserved: true);
        feed.SendAll("""{"news":1,"choices":[{"mood":1,"delta":{"color":1,"images":[],"annotations":[],"audio":{},"context":{},"citations":[]}}],"citations":[]}""", """{"choices":[{"message":{"shape":1}}]}""");
        Assert.Equal(["choices[].mood", "delta.color", "delta.shape", "news"], feed.Statistics.UnknownFields.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void DashScope_has_sources_too()
    {
        var feed = new EventFeed(ChatDialect.DashScope);
        const string chunk = """{"output":{"choices":[{"message":{"content":"a"}}],"search_info":{"search_results":[{"index":1,"title":"A","url":"https://example.org/a"}]}}}""";
        feed.SendAll(chunk, chunk);
        Assert.Equal("A https://example.org/a", string.Join('|', feed.Result.Choices[0].OtherContents.Select(Show)));
    }

    private static string Delta(string fields) => $$"""{"choices":[{"delta":{ {{fields}} } }]}""";

    private static ChatStreamResult Read(string chunk) => new EventFeed(ChatDialect.OpenAI).SendAll(chunk).Result;

    private static string Show(AIContent content) => content switch
    {
        TextContent { Text: "", Annotations: [CitationAnnotation citation] } => Show(citation),
        DataContent data => $"{data.MediaType} {data.Data.Length}",
        UriContent link => link.Uri.OriginalString,
        _ => "other",
    };

    private static string Show(CitationAnnotation citation)
    {
        string region = citation.AnnotatedRegions is [TextSpanAnnotatedRegion span] ? $"{span.StartIndex}-{span.EndIndex}" : "";
        string?[] parts = [citation.Url?.OriginalString, citation.FileId, citation.Snippet, region, citation.AdditionalProperties?["type"]?.ToString()];
        return citation.Title + string.Concat(parts.Where(part => !string.IsNullOrEmpty(part)).Select(part => " " + part));
    }
}
