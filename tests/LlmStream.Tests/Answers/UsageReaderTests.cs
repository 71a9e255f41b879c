using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Answers;

public class UsageReaderTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}""", "in=1 out=2 total=3 cached= reasoning=")]
    [InlineData("""{"input_tokens":1,"output_tokens":2,"input_tokens_details":{"cached_tokens":4},"output_tokens_details":{"reasoning_tokens":5}}""", "in=1 out=2 total= cached=4 reasoning=5")]
    [InlineData("""{"prompt_tokens":7.0,"prompt_cache_hit_tokens":6}""", "in=7 out= total= cached=6 reasoning=")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":"2","total_tokens":-3}""", "in= out=2 total= cached= reasoning=")]
    [InlineData("""{"prompt_tokens":1e99,"completion_tokens":[1],"total_tokens":{"prompt_tokens":1}}""", null)]
    [InlineData("""{"prompt_tokens_details":null,"completion_tokens_details":[]}""", null)]
    [InlineData("{}", null)]
    [InlineData("null", null)]
    [InlineData("[1]", null)]
    public void Counts_are_read_under_every_name(string json, string? expected)
    {
        var counts = new UsageCounts();
        Assert.Equal(expected is not null, Read(ref counts, json));
        Assert.Equal(expected is not null, counts.IsKnown);
        if (expected is not null) Assert.Equal(expected, Show.Usage(counts.ToReportedDetails()));
    }

    [Fact]
    public void A_later_count_replaces_the_earlier_one()
    {
        var counts = new UsageCounts();
        Read(ref counts, """{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":3}}""");
        Assert.Equal("in=10 out=1 total=11 cached=8 reasoning=", Show.Usage(counts.Report()));
        Assert.False(counts.HasChanges);
        Read(ref counts, """{"prompt_tokens":null,"completion_tokens":5,"total_tokens":15}""");
        Assert.True(counts.HasChanges);
        UsageDetails details = counts.Report();
        Assert.Equal("in=10 out=5 total=15 cached=8 reasoning=", Show.Usage(details));
        Assert.Equal(3, details.AdditionalCounts!["input_audio_tokens"]);
    }

    [Fact]
    public void Nothing_of_a_malformed_object_is_kept()
    {
        var counts = new UsageCounts();
        Assert.ThrowsAny<JsonException>(() => Read(ref counts, """{"prompt_tokens":1,"completion_tokens":}"""));
        Assert.False(counts.IsKnown);
        Assert.Equal("in= out= total= cached= reasoning=", Show.Usage(counts.ToReportedDetails()));
    }

    [Theory]
    [InlineData("hunyuan", """{"PromptTokens":1,"CompletionTokens":2,"TotalTokens":3}""", "in=1 out=2 total=3 cached= reasoning=")]
    [InlineData("gemini", """{"promptTokenCount":1,"candidatesTokenCount":2,"thoughtsTokenCount":4,"totalTokenCount":7}""", "in=1 out=6 total=7 cached= reasoning=4")]
    [InlineData("cohere", """{"tokens":{"input_tokens":1,"output_tokens":2},"billed_units":{"input_tokens":7}}""", "in=1 out=2 total= cached= reasoning=")]
    public void Each_dialect_has_its_own_names(string dialect, string json, string expected)
    {
        var counts = new UsageCounts();
        Assert.True(Read(ref counts, json, ChatDialect.All.Single(d => d.Name == dialect).Format.UsageFields));
        Assert.Equal(expected, Show.Usage(counts.ToReportedDetails()));
    }

    [Theory]
    [InlineData("""{"list":[{"modality":"TEXT","tokenCount":5},{"modality":"AUDIO","tokenCount":3}]}""", 3L)]
    [InlineData("""{"list":[{"token_count":3,"modality":4}]}""", 3L)] // enums as numbers
    [InlineData("""{"list":[{"modality":"AUDIO"},{"modality":5,"tokenCount":3},7]}""", null)]
    [InlineData("""{"list":[{"modality":"AUDIO","tokenCount":-1}]}""", null)]
    [InlineData("""{"list":{"modality":"AUDIO","tokenCount":3}}""", null)]
    public void Audio_is_read_from_a_list_of_modalities(string json, long? audio)
    {
        var fields = new UsageFields();
        fields.AddModalities(UsageCount.InputAudio, "list");
        var counts = new UsageCounts();
        Assert.Equal(audio is not null, Read(ref counts, json, fields));
        Assert.Equal(audio, counts.ToDetails().AdditionalCounts?["input_audio_tokens"]);
    }

    private static bool Read(ref UsageCounts counts, string json, UsageFields? fields = null)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        bool any = counts.Read(ref reader, fields ?? UsageFields.Common, new TemplateRecorder());
        Assert.Equal(0, reader.CurrentDepth);
        return any;
    }
}
