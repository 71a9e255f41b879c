using LlmStream.Inspection;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Inspection;

public class DeltaStatisticsTests
{
    private readonly DeltaStatistics _statistics = new();

    [Fact]
    public void Text_after_the_finish_reason_of_its_choice_is_counted()
    {
        _statistics.Add(new ChatDelta { Text = "a", FinishReason = ChatFinishReason.Stop });
        _statistics.Add(new ChatDelta { Text = "b", TextOffset = 1 });
        _statistics.Add(new ChatDelta { Reasoning = "c" });
        _statistics.Add(new ChatDelta { Text = "d", ChoiceIndex = 1 });

        Assert.Equal(1, _statistics.TextsAfterFinish);
    }

    [Fact]
    public void Text_that_begins_before_the_end_of_the_text_so_far_withdraws_some_of_it()
    {
        _statistics.Add(new ChatDelta { Text = "Hello" });
        _statistics.Add(new ChatDelta { Text = "p", TextOffset = 3 });
        _statistics.Add(new ChatDelta { Text = "!", TextOffset = 4 });

        Assert.Equal(1, _statistics.Withdrawals);
    }

    [Fact]
    public void Finish_reasons_are_kept_if_a_choice_has_more_than_one()
    {
        _statistics.Add(new ChatDelta { FinishReason = ChatFinishReason.Stop });
        _statistics.Add(new ChatDelta { FinishReason = ChatFinishReason.Stop, ChoiceIndex = 1 });
        Assert.Empty(_statistics.ChangedFinishReasons);

        _statistics.Add(new ChatDelta { FinishReason = ChatFinishReason.Length, ChoiceIndex = 1 });
        Assert.Equal(["stop", "length"], _statistics.ChangedFinishReasons);
    }

    [Theory]
    [InlineData(true, "A b", "A b c", "A b c d", "A b c d e")]
    [InlineData(false, "A b c d e", "A b c d e f", "A b c d e f g")] // too few
    [InlineData(false, "A", "A b", "A b c", "A b c d")] // too short
    [InlineData(false, "12345678", "12345678", "12345678", "12345678")] // not longer
    [InlineData(false, "A b", "A b c", "A b c d", "A b c d e", "f")]
    public void Text_that_repeats_and_grows_looks_cumulative(bool expected, params string[] texts)
    {
        foreach (string text in texts) _statistics.Add(new ChatDelta { Text = text });

        Assert.Equal(expected, _statistics.LooksCumulative);
    }
}
