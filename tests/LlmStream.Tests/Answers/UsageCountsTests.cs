using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Tests.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Answers;

public class UsageCountsTests
{
    [Fact]
    public void Nothing_is_known_at_first()
    {
        var counts = new UsageCounts();
        Assert.False(counts.IsKnown || counts.HasChanges);
        UsageDetails details = counts.ToDetails();
        Assert.Null(details.InputTokenCount);
        Assert.Null(details.AdditionalCounts);
    }

    [Fact]
    public void A_count_is_reported_once()
    {
        var counts = new UsageCounts();
        counts.Set(UsageCount.Output, 0);
        Assert.True(counts.IsKnown && counts.HasChanges);
        Assert.Equal(0, counts.Report().OutputTokenCount);
        Assert.True(counts.IsKnown && !counts.HasChanges);
        counts.Set(UsageCount.Output, 0);
        Assert.True(counts.HasChanges);
    }

    [Fact]
    public void Every_count_has_a_place_in_the_details()
    {
        var counts = new UsageCounts();
        foreach (UsageCount count in Enum.GetValues<UsageCount>()) counts.Set(count, 100 + (int)count);
        UsageDetails details = counts.ToDetails();
        Assert.Equal(
            [100, 101, 102, 103, 104],
            [details.InputTokenCount, details.OutputTokenCount, details.TotalTokenCount, details.CachedInputTokenCount, details.ReasoningTokenCount]);
        Assert.Equal(
            [
                ("input_audio_tokens", 106), ("output_audio_tokens", 107), ("cache_creation_input_tokens", 105),
                ("tool_use_prompt_tokens", 108), ("billed_input_tokens", 109), ("billed_output_tokens", 110), ("billed_search_units", 111),
                ("total_duration", 112), ("load_duration", 113), ("prompt_eval_duration", 114), ("eval_duration", 115),
            ],
            details.AdditionalCounts!.Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public void A_later_zero_does_not_replace_a_count()
    {
        var counts = new UsageCounts();
        counts.Set(UsageCount.Input, 25);
        counts.Report();
        counts.Set(UsageCount.Input, 0);
        Assert.False(counts.HasChanges);
        Assert.Equal(25, counts.ToDetails().InputTokenCount);
        counts.Set(UsageCount.InputAudio, 3);
        counts.Report();
        counts.Set(UsageCount.InputAudio, 0);
        Assert.False(counts.HasChanges);
        Assert.Equal(3, counts.ToDetails().AdditionalCounts!["input_audio_tokens"]);
        counts.Set(UsageCount.Input, 7);
        Assert.Equal(7, counts.ToDetails().InputTokenCount);
    }

    [Theory]
    [InlineData(3, 4, null, 7L)]
    [InlineData(3, 4, 9, 9L)] // as the provider counts
    [InlineData(3, null, null, null)]
    [InlineData(null, 4, null, null)]
    [InlineData(null, null, null, null)]
    [InlineData(0, 0, null, null)] // no request has no input: it was not counted
    [InlineData(0, 0, 0, null)]
    [InlineData(0, 4, 0, null)]
    public void A_missing_total_is_calculated(int? input, int? output, int? total, long? expected)
    {
        var counts = new UsageCounts();
        if (input is { } i) counts.Set(UsageCount.Input, i);
        if (output is { } o) counts.Set(UsageCount.Output, o);
        if (total is { } t) counts.Set(UsageCount.Total, t);
        Assert.Equal(expected, counts.ToDetails().TotalTokenCount);
        Assert.Equal(total, counts.ToReportedDetails().TotalTokenCount);
    }

    [Fact]
    public void An_additional_count_of_zero_is_left_out()
    {
        var counts = new UsageCounts();
        counts.Set(UsageCount.InputAudio, 0);
        Assert.Null(counts.ToDetails().AdditionalCounts);
    }

    [Theory]
    [InlineData("12", 12L, true)]
    [InlineData("0", 0L, true)]
    [InlineData("9223372036854775807", long.MaxValue, true)]
    [InlineData("12.0", 12L, false)]
    [InlineData("1e2", 100L, false)]
    [InlineData("-1", null, true)]
    [InlineData("-1.5", null, true)]
    [InlineData("9223372036854775808", null, true)]
    [InlineData("1e400", null, true)]
    [InlineData("\"12\"", 12L, false)]
    [InlineData("\"\"", null, true)]
    [InlineData("\"-1\"", null, true)]
    [InlineData("\"12 tokens\"", null, true)]
    [InlineData("null", null, true)]
    [InlineData("{\"a\":1}", null, true)]
    public void A_count_is_read_from_a_number(string json, long? value, bool isRecording)
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty($$"""{"tokens":{{json}},"next":1}""");
        var counts = new UsageCounts();
        var recorder = new TemplateRecorder();
        recorder.Begin();
        Assert.Equal(value is not null, counts.ReadCount(ref reader, UsageCount.Output, recorder));
        Assert.Equal(value, counts.ToDetails().OutputTokenCount);
        Assert.Equal(isRecording, recorder.IsRecording);
        Assert.Equal(value is not null && isRecording ? 1 : 0, recorder.Slots.Count);
        Assert.True(reader.Read());
        Assert.Equal(JsonTokenType.PropertyName, reader.TokenType);
    }
}
