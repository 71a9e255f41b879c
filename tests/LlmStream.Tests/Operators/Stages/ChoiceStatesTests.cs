using LlmStream.Operators.Stages;

namespace LlmStream.Tests.Operators.Stages;

public class ChoiceStatesTests
{
    [Fact]
    public void Creates_one_state_for_each_choice()
    {
        int created = 0;
        var states = new ChoiceStates<string>(() => $"state {created++}");
        Assert.Empty(states.All);
        Assert.Equal("state 0", states[2]);
        Assert.Equal("state 1", states[0]);
        Assert.Equal("state 2", states[-1]);
        Assert.Equal(["state 0", "state 1", "state 2"], new[] { states[2], states[0], states[-1] });
        Assert.Equal(["state 0", "state 1", "state 2"], states.All);
    }
}
