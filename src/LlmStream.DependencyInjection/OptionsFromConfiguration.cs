using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmStream.DependencyInjection;

/// <summary>Reads options from a configuration section.</summary>
internal static class OptionsFromConfiguration
{
    /// <summary>Sets the options that the section has.</summary>
    /// <exception cref="OptionsValidationException">A value is not valid, or a key is unknown. All are listed.</exception>
    public static void Apply(IConfiguration configuration, LlmStreamOptions options, string optionsName)
    {
        var section = new ConfigurationReader(configuration);
        options.Provider = ProviderFromConfiguration.Read(section, options.Provider);
        section.Read("ApiKey", ConfigurationValue.Text, value => options.ApiKey = value);
        section.Read("Model", ConfigurationValue.Text, value => options.Model = value);
        section.Read("RequestUsage", ConfigurationValue.Flag, value => options.RequestUsage = value);
        foreach (IConfigurationSection header in section.ReadSection("Headers").Children)
        {
            if (header.Value is { } value) options.Headers[header.Key] = value;
        }

        options.Read = ReadRead(section.ReadSection("Read"), options.Read);
        options.Retry = ReadRetry(section.ReadSection("Retry"), options.Retry);
        options.Resume = ReadResume(section.ReadSection("Resume"), options.Resume);
        options.Timeouts = ReadTimeouts(section.ReadSection("Timeouts"), options.Timeouts);
        options.CircuitBreaker = ReadCircuitBreaker(section.ReadSection("CircuitBreaker"), options.CircuitBreaker);
        section.Read("HedgeAfter", ConfigurationValue.Time, value => options.HedgeAfter = value);
        FallbacksFromConfiguration.Read(section.ReadSection("Fallbacks"), options.Fallbacks);
        section.ReportUnknownKeys();
        if (section.Failures.Count > 0) throw new OptionsValidationException(optionsName, typeof(LlmStreamOptions), section.Failures);
    }

    private static ChatReadOptions ReadRead(ConfigurationReader section, ChatReadOptions read)
    {
        section.Read("TextMode", ConfigurationValue.Choice<ChatTextMode>, value => read = read with { TextMode = value });
        section.Read("MaxEventBytes", ConfigurationValue.Number, value => read = read with { MaxEventBytes = value });
        section.Read("MaxAnswerCharacters", ConfigurationValue.Number, value => read = read with { MaxAnswerCharacters = value });
        section.Read(
            "MaxToolArgumentCharacters", ConfigurationValue.Number, value => read = read with { MaxToolArgumentCharacters = value });
        section.Read("MaxErrorBodyBytes", ConfigurationValue.Number, value => read = read with { MaxErrorBodyBytes = value });
        section.Read("KeepRaw", ConfigurationValue.Flag, value => read = read with { KeepRaw = value });
        section.ReportUnknownKeys();
        return read;
    }

    private static LlmRetryOptions ReadRetry(ConfigurationReader section, LlmRetryOptions retry)
    {
        section.Read("MaxRetries", ConfigurationValue.Number, value => retry = retry with { MaxRetries = value });
        section.Read("BaseDelay", ConfigurationValue.Time, value => retry = retry with { BaseDelay = value });
        section.Read("MaxDelay", ConfigurationValue.Time, value => retry = retry with { MaxDelay = value });
        section.Read("MaxRetryAfter", ConfigurationValue.Time, value => retry = retry with { MaxRetryAfter = value });
        section.ReportUnknownKeys();
        return retry;
    }

    private static LlmResumeOptions ReadResume(ConfigurationReader section, LlmResumeOptions resume)
    {
        section.Read("Continuation", ConfigurationValue.Choice<ChatContinuation>, value => resume = resume with { Continuation = value });
        section.Read("MaxResumes", ConfigurationValue.Number, value => resume = resume with { MaxResumes = value });
        section.Read("PollInterval", ConfigurationValue.Time, value => resume = resume with { PollInterval = value });
        section.Read("MaxPartialCharacters", ConfigurationValue.Number, value => resume = resume with { MaxPartialCharacters = value });
        section.Read("Instruction", ConfigurationValue.Text, value => resume = resume with { Instruction = value });
        section.Read(
            "RestartPolicy", ConfigurationValue.Choice<ChatRestartPolicy>, value => resume = resume with { RestartPolicy = value });
        section.ReportUnknownKeys();
        return resume;
    }

    private static LlmCircuitBreakerOptions ReadCircuitBreaker(ConfigurationReader section, LlmCircuitBreakerOptions circuit)
    {
        section.Read("IsOn", ConfigurationValue.Flag, value => circuit = circuit with { IsOn = value });
        section.Read("FailureRatio", ConfigurationValue.Fraction, value => circuit = circuit with { FailureRatio = value });
        section.Read("MinimumThroughput", ConfigurationValue.Number, value => circuit = circuit with { MinimumThroughput = value });
        section.Read("SamplingDuration", ConfigurationValue.Time, value => circuit = circuit with { SamplingDuration = value });
        section.Read("BreakDuration", ConfigurationValue.Time, value => circuit = circuit with { BreakDuration = value });
        section.ReportUnknownKeys();
        return circuit;
    }

    private static LlmTimeoutOptions ReadTimeouts(ConfigurationReader section, LlmTimeoutOptions timeouts)
    {
        section.Read("Connect", ConfigurationValue.Time, value => timeouts = timeouts with { Connect = value });
        section.Read("FirstDelta", ConfigurationValue.Time, value => timeouts = timeouts with { FirstDelta = value });
        section.Read("IdleBytes", ConfigurationValue.Time, value => timeouts = timeouts with { IdleBytes = value });
        section.Read("IdleDeltas", ConfigurationValue.Time, value => timeouts = timeouts with { IdleDeltas = value });
        section.Read("Total", ConfigurationValue.Time, value => timeouts = timeouts with { Total = value });
        section.ReportUnknownKeys();
        return timeouts;
    }
}
