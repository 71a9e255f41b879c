using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class LimitBudgetTests
{
    [Fact]
    public void Characters_count_by_their_offset()
    {
        var budget = new CharacterBudget(10);
        Assert.False(budget.CountsReasoning);
        budget.Spend(budget.Cost("Hello"));
        Assert.Equal(5, budget.Remaining);
        budget.MoveTo(2); // rewritten: only what remains counts
        Assert.Equal(8, budget.Remaining);
        budget.Correct(1000);
        Assert.Equal(8, budget.Remaining);
    }

    [Fact]
    public void Estimated_tokens_count_in_tenths()
    {
        var budget = new TokenBudget(1, null, () => true);
        Assert.True(budget.CountsReasoning);
        budget.Spend(budget.Cost("abc"));
        Assert.Equal(1, budget.Remaining);
        budget.MoveTo(0); // rewritten tokens have been generated nevertheless
        Assert.Equal(1, budget.Remaining);
    }

    [Fact]
    public void A_custom_counter_is_used_but_not_for_empty_text()
    {
        var counted = new List<string>();
        var budget = new TokenBudget(5, text =>
        {
            counted.Add(text);
            return text == "negative" ? -1 : 2;
        }, () => true);
        Assert.Equal([2, 0, 0], new[] { "any", "negative", "" }.Select(text => budget.Cost(text)));
        Assert.Equal(["any", "negative"], counted);
        budget.Spend(2);
        Assert.Equal(3, budget.Remaining);
    }

    [Theory]
    [InlineData(true, -10)]
    [InlineData(false, 10)]
    public void The_count_of_the_provider_replaces_the_estimate_if_there_is_one_choice(bool isOnlyChoice, long expected)
    {
        var budget = new TokenBudget(1, null, () => isOnlyChoice);
        budget.Correct(2);
        Assert.Equal(expected, budget.Remaining);
    }

    [Fact]
    public void The_slack_covers_the_longest_grapheme()
    {
        string longest = new('世', Graphemes.MaxLength);
        LimitBudget[] budgets =
        [
            new CharacterBudget(1), new TokenBudget(1, null, () => true), new TokenBudget(1, text => text.Length, () => true),
        ];
        Assert.All(budgets, budget => Assert.InRange(budget.Cost(longest), 1, budget.Slack));
    }
}
