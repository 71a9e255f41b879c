namespace LlmStream.Tests;

/// <summary>The defaults and the valid values of all options.</summary>
public class OptionsTests
{
    [Fact]
    public void Defaults_are_as_documented()
    {
        var read = new ChatReadOptions();
        Assert.Equal((ChatTextMode.Auto, false), (read.TextMode, read.KeepRaw));
        Assert.Equal(
            (16_777_216, 67_108_864, 16_777_216, 65_536),
            (read.MaxEventBytes, read.MaxAnswerCharacters, read.MaxToolArgumentCharacters, read.MaxErrorBodyBytes));

        var retry = new LlmRetryOptions();
        Assert.Equal(3, retry.MaxRetries);
        Assert.Null(retry.Pipeline);
        Assert.Equal((0.5, 20, 60), (retry.BaseDelay.TotalSeconds, retry.MaxDelay.TotalSeconds, retry.MaxRetryAfter.TotalSeconds));

        var resume = new LlmResumeOptions();
        Assert.Equal((3, 200_000, ChatRestartPolicy.Fail), (resume.MaxResumes, resume.MaxPartialCharacters, resume.RestartPolicy));
        Assert.Null(resume.Continuation);
        Assert.Null(resume.Instruction);

        var budgets = new LlmTimeoutOptions();
        Assert.Equal(
            (15, 120, 60, 120),
            (budgets.Connect.TotalSeconds, budgets.FirstDelta.TotalSeconds, budgets.IdleBytes.TotalSeconds, budgets.IdleDeltas.TotalSeconds));
        Assert.Equal(Timeout.InfiniteTimeSpan, budgets.Total);

        var options = new LlmStreamOptions();
        Assert.Same(LlmProvider.OpenAI, options.Provider);
        Assert.True(options.RequestUsage);
        Assert.Empty(options.Headers);
        Assert.Null(options.ApiKey);
        Assert.Null(options.Model);
        Assert.Same(TimeProvider.System, options.TimeProvider);
    }

    [Fact]
    public void A_provider_that_was_not_found_is_not_the_default_one() =>
        Assert.Throws<ArgumentNullException>(() => new LlmStreamOptions { Provider = null! });

    [Fact]
    public void Off_means_no_retries_and_no_resumes()
    {
        Assert.Equal(0, LlmRetryOptions.Off.MaxRetries);
        Assert.Equal(0, LlmResumeOptions.Off.MaxResumes);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void Numbers_of_attempts_and_delays_are_not_negative(int value, bool isValid)
    {
        AssertValid(isValid, () => new LlmRetryOptions { MaxRetries = value }, "MaxRetries");
        AssertValid(isValid, () => new LlmRetryOptions { BaseDelay = TimeSpan.FromTicks(value) }, "BaseDelay");
        AssertValid(isValid, () => new LlmRetryOptions { MaxDelay = TimeSpan.FromTicks(value) }, "MaxDelay");
        AssertValid(isValid, () => new LlmRetryOptions { MaxRetryAfter = TimeSpan.FromTicks(value) }, "MaxRetryAfter");
        AssertValid(isValid, () => new LlmResumeOptions { MaxResumes = value }, "MaxResumes");
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void Limits_and_budgets_are_positive(int value, bool isValid)
    {
        AssertValid(isValid, () => new LlmResumeOptions { MaxPartialCharacters = value }, "MaxPartialCharacters");
        AssertValid(isValid, () => new ChatReadOptions { MaxEventBytes = value });
        AssertValid(isValid, () => new ChatReadOptions { MaxAnswerCharacters = value });
        AssertValid(isValid, () => new ChatReadOptions { MaxToolArgumentCharacters = value });
        AssertValid(isValid, () => new ChatReadOptions { MaxErrorBodyBytes = value });
        AssertValid(isValid, () => new LlmTimeoutOptions { Connect = TimeSpan.FromTicks(value) }, "Connect");
        AssertValid(isValid, () => new LlmTimeoutOptions { FirstDelta = TimeSpan.FromTicks(value) }, "FirstDelta");
        AssertValid(isValid, () => new LlmTimeoutOptions { IdleBytes = TimeSpan.FromTicks(value) }, "IdleBytes");
        AssertValid(isValid, () => new LlmTimeoutOptions { IdleDeltas = TimeSpan.FromTicks(value) }, "IdleDeltas");
        AssertValid(isValid, () => new LlmTimeoutOptions { Total = TimeSpan.FromTicks(value) }, "Total");
    }

    [Fact]
    public void A_budget_may_be_infinite()
    {
        var budgets = new LlmTimeoutOptions
        {
            Connect = Timeout.InfiniteTimeSpan,
            FirstDelta = Timeout.InfiniteTimeSpan,
            IdleBytes = Timeout.InfiniteTimeSpan,
            IdleDeltas = Timeout.InfiniteTimeSpan,
            Total = Timeout.InfiniteTimeSpan,
        };
        Assert.All(
            (TimeSpan[])[budgets.Connect, budgets.FirstDelta, budgets.IdleBytes, budgets.IdleDeltas, budgets.Total],
            budget => Assert.Equal(Timeout.InfiniteTimeSpan, budget));
    }

    [Fact]
    public void Times_may_be_longer_than_a_timer_can_wait()
    {
        foreach (TimeSpan time in (TimeSpan[])[TimeSpan.FromDays(60), TimeSpan.MaxValue])
        {
            var options = new LlmStreamOptions
            {
                Provider = LlmProvider.Ollama,
                Timeouts = new LlmTimeoutOptions { Connect = time, FirstDelta = time, IdleBytes = time, IdleDeltas = time, Total = time },
                Retry = new LlmRetryOptions { MaxDelay = time, MaxRetryAfter = time },
            };
            using var client = new LlmStreamClient(options);
            Assert.Equal((time, time), (options.Timeouts.Total, options.Retry.MaxRetryAfter));
        }

        AssertValid(true, () => new LlmRetryOptions { BaseDelay = TimeSpan.FromDays(1) });
        AssertValid(false, () => new LlmRetryOptions { BaseDelay = TimeSpan.FromDays(2) }, "BaseDelay");
    }

    private static void AssertValid(bool isValid, Func<object> create, string parameter = "value")
    {
        if (isValid) create();
        else Assert.Throws<ArgumentOutOfRangeException>(parameter, create);
    }
}
