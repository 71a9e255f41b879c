using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class PeriodicTailTests
{
    [Theory]
    [InlineData("ab", 2)]
    [InlineData("aab", 3)]
    [InlineData("a", 1)]
    [InlineData("abcabd", 6)]
    public void Finds_the_shortest_period(string repeated, int expected)
    {
        var tail = new PeriodicTail(maxPeriod: 10, minRepetitions: 4, minLength: 20);
        Assert.Equal(expected, tail.Read("before " + string.Concat(Enumerable.Repeat(repeated, 50))));
    }

    [Theory]
    [InlineData(10, 4, 20, "0123456789a")] // longer than the maximum period
    [InlineData(10, 4, 2000, "ab")] // too short altogether
    public void Ignores_repetition_below_the_limits(int maxPeriod, int minRepetitions, int minLength, string repeated)
    {
        var tail = new PeriodicTail(maxPeriod, minRepetitions, minLength);
        Assert.Equal(0, tail.Read(string.Concat(Enumerable.Repeat(repeated, 50))));
    }

    [Fact]
    public void The_result_does_not_depend_on_how_the_text_is_divided()
    {
        string text = "x" + string.Concat(Enumerable.Repeat("abc", 60));
        int whole = FirstHit(text, text.Length), divided = FirstHit(text, 1);
        Assert.InRange(whole, divided, text.Length);
        Assert.Equal(divided, FirstHit(text, 1));

        static int FirstHit(string text, int size)
        {
            var tail = new PeriodicTail(maxPeriod: 10, minRepetitions: 4, minLength: 20);
            for (int i = 0; i < text.Length; i += size)
            {
                int end = Math.Min(text.Length, i + size);
                if (tail.Read(text.AsSpan(i, end - i)) is > 0 and var period)
                {
                    Assert.Equal(3, period);
                    return end;
                }
            }

            throw new InvalidOperationException("Not found.");
        }
    }

    [Fact]
    public void Clear_forgets_the_text()
    {
        var tail = new PeriodicTail(maxPeriod: 10, minRepetitions: 4, minLength: 20);
        Assert.Equal(0, tail.Read("abababababababab"));
        tail.Clear();
        Assert.Equal(0, tail.Read("abababababababab"));
    }

    [Fact]
    public void A_character_costs_a_constant_number_of_steps()
    {
        foreach (string repeated in (string[])["a", "ab", "aab", "abcdefgh ", new string('a', 500) + "b"])
        {
            var tail = new PeriodicTail(maxPeriod: 400, minRepetitions: 100, minLength: 1_000_000);
            string text = string.Concat(Enumerable.Repeat(repeated, 200_000 / repeated.Length));
            Assert.Equal(0, tail.Read(text));
            tail = new PeriodicTail(maxPeriod: 499, minRepetitions: 6, minLength: 100_000);
            Assert.InRange(tail.Read(text), 0, 10);
            Assert.InRange(tail.Steps, 0, 2L * (PeriodicTail.ScansPerCharacter + 1) * text.Length);
        }
    }
}
