using System.Reflection;
using LlmStream.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;

namespace LlmStream.Tests.DependencyInjection;

public class OptionsFromConfigurationTests
{
    // What no text can describe.
    private static readonly Type[] NotInConfiguration =
    [
        typeof(ResiliencePipeline), typeof(TimeProvider), typeof(ILoggerFactory), typeof(Func<LlmFallbackContext, LlmFallback?>),
        typeof(Func<string, int>),
    ];

    [Fact]
    public void Missing_keys_keep_the_options()
    {
        var options = new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key", Model = "m", RequestUsage = false };
        Apply(options);
        Assert.Same(LlmProvider.DeepSeek, options.Provider);
        Assert.Equal(("key", "m", false), (options.ApiKey, options.Model, options.RequestUsage));
        Assert.Equal(new LlmTimeoutOptions(), options.Timeouts);
        Assert.Equal(new LlmRetryOptions(), options.Retry);
        Assert.Equal(new LlmResumeOptions(), options.Resume);
        Assert.Equal(new ChatReadOptions(), options.Read);
    }

    [Fact]
    public void Blank_values_keep_the_options()
    {
        var options = new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key", Model = "m" };
        Apply(
            options,
            ("BaseAddress", ""), ("ApiKey", " "), ("Model", ""), ("RequestUsage", ""), ("Retry:MaxRetries", " "), ("Resume", ""), ("Provider", ""));
        Assert.Equal(
            ("deepseek", "key", "m", true), (options.Provider.Name, options.ApiKey, options.Model, options.RequestUsage));
        Assert.Equal(new LlmRetryOptions(), options.Retry);
    }

    [Fact]
    public void Every_property_has_a_key()
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        AddSamples(values, "", new LlmStreamOptions());
        Assert.Contains("Resume:MaxResumes", values.Keys);
        Assert.Contains("Read:MaxEventBytes", values.Keys);
        Assert.Contains("Provider:RequestStyle:SeedField", values.Keys);

        var options = new LlmStreamOptions();
        Apply(options, [.. values.Select(value => (value.Key, value.Value.ToString()!))]);
        foreach ((string path, object expected) in values)
        {
            object? actual = ValueOf(options, path);
            Assert.Equal((path, expected), (path, actual is IEnumerable<string> list ? string.Join(',', list) : actual));
        }
    }

    [Fact]
    public void Headers_are_added_to_those_of_the_options()
    {
        var options = new LlmStreamOptions { Provider = LlmProvider.DashScope, Headers = { ["a"] = "0", ["b"] = "0" } };
        Apply(options, ("Headers:A", "1"), ("Provider:Headers:X-Team", "blue"));
        Assert.Equal(("1", "0"), (options.Headers["a"], options.Headers["b"]));
        Assert.Equal(("enable", "blue"), (options.Provider.Headers["x-dashscope-sse"], options.Provider.Headers["x-team"]));
    }

    [Fact]
    public void Zero_resumes_are_zero_resumes()
    {
        var options = new LlmStreamOptions();
        Apply(options, ("Resume:MaxResumes", "0"));
        Assert.Equal(0, options.Resume.MaxResumes);
    }

    [Fact]
    public void Options_of_a_section_that_have_no_key_are_kept()
    {
        var options = new LlmStreamOptions { Retry = new LlmRetryOptions { Pipeline = ResiliencePipeline.Empty, MaxRetries = 9 } };
        Apply(options, ("Retry:MaxRetries", "2"));
        Assert.Same(ResiliencePipeline.Empty, options.Retry.Pipeline);
        Assert.Equal(2, options.Retry.MaxRetries);
    }

    [Fact]
    public void Fallbacks_are_names_or_sections_in_order()
    {
        var options = new LlmStreamOptions { Fallbacks = { new LlmFallback { Provider = LlmProvider.Groq } } };
        Apply(
            options,
            ("Fallbacks:0", "anthropic"),
            ("Fallbacks:10:Provider", "deepseek"), ("Fallbacks:10:Model", "m"), ("Fallbacks:10:ApiKey", "key"),
            ("Fallbacks:2:Provider:Name", "own"), ("Fallbacks:2:BaseAddress", "http://localhost:8000/v1"), ("Fallbacks:2:Provider:DefaultModel", "d"));
        Assert.Equal(
            [("anthropic", null, null), ("own", null, null), ("deepseek", "m", "key")],
            options.Fallbacks.Select(fallback => (fallback.Provider.Name, fallback.Model, fallback.ApiKey)));
        Assert.Same(LlmProvider.Anthropic, options.Fallbacks[0].Provider);
        Assert.Equal("d", options.Fallbacks[1].Provider.DefaultModel);
    }

    [Fact]
    public void Without_a_list_the_fallbacks_of_the_options_are_kept()
    {
        var options = new LlmStreamOptions { Fallbacks = { new LlmFallback { Provider = LlmProvider.Groq } } };
        Apply(options, ("Model", "m"), ("HedgeAfter", "00:00:03"), ("CircuitBreaker:IsOn", "false"));
        Assert.Same(LlmProvider.Groq, Assert.Single(options.Fallbacks).Provider);
        Assert.Equal((TimeSpan.FromSeconds(3), false), (options.HedgeAfter, options.CircuitBreaker.IsOn));
    }

    [Theory]
    [InlineData("Fallbacks:0", "antropic", "The value 'antropic' of 'Llm:Fallbacks:0' is not valid: ")]
    [InlineData("Fallbacks:0:Provider", "antropic", "The value 'antropic' of 'Llm:Fallbacks:0:Provider' is not valid: ")]
    [InlineData("Fallbacks:0:Modell", "m", "Unknown key 'Llm:Fallbacks:0:Modell' in the section 'Llm:Fallbacks:0'.")]
    [InlineData("Fallbacks", "anthropic", "'Llm:Fallbacks' is a section, and has no value of its own.")]
    [InlineData("Fallbacks:0:Model", "m", "'Llm:Fallbacks:0' names no provider. Set Provider, or BaseAddress.")]
    [InlineData("HedgeAfter", "infinite", "The value 'infinite' of 'Llm:HedgeAfter' is not valid: ")]
    [InlineData("CircuitBreaker:FailureRatio", "2", "The value '2' of 'Llm:CircuitBreaker:FailureRatio' is not valid: ")]
    public void An_invalid_fallback_is_reported_with_its_key(string key, string value, string expected) =>
        Assert.StartsWith(expected, Failures((key, value)).First(), StringComparison.Ordinal);

    [Theory]
    [InlineData("infinite")]
    [InlineData("Infinite")]
    [InlineData("-00:00:00.001")]
    public void A_time_span_may_be_infinite(string value)
    {
        var options = new LlmStreamOptions();
        Apply(options, ("Timeouts:FirstDelta", value));
        Assert.Equal(Timeout.InfiniteTimeSpan, options.Timeouts.FirstDelta);
    }

    [Theory]
    [InlineData("RequestUsage", "maybe", "true or false")]
    [InlineData("Retry:MaxRetries", "many", "")]
    [InlineData("Retry:MaxRetries", "-3", "")]
    [InlineData("Retry:MaxRetries", "99999999999", "")]
    [InlineData("Resume:MaxPartialCharacters", "0", "")]
    [InlineData("Resume:Continuation", "guess", "PrefixFlag")]
    [InlineData("Resume:RestartPolicy", "1", "Deliver")]
    [InlineData("Read:TextMode", "both", "Auto")]
    [InlineData("Read:MaxEventBytes", "0", "")]
    [InlineData("Timeouts:Connect", "soon", "00:00:30")]
    [InlineData("Timeouts:Connect", "30", "00:00:30")] // TimeSpan.Parse would take it for days
    [InlineData("Timeouts:Connect", "00:00:00", "")]
    [InlineData("BaseAddress", "not an address", "absolute")]
    [InlineData("BaseAddress", "ftp://localhost/v1", "HTTP")]
    [InlineData("Provider", "deepsek", "deepseek")]
    [InlineData("Provider:Name", "deepsek", "deepseek")]
    [InlineData("Provider", "azure", "BaseAddress")]
    [InlineData("Provider:Dialect", "gpt", "openai")]
    [InlineData("Provider:RequestStyle:ReasoningControls", "Effort, Much", "EnableThinking")]
    public void An_invalid_value_is_reported_with_its_key(string key, string value, string expected)
    {
        string failure = Assert.Single(Failures((key, value)));
        Assert.StartsWith($"The value '{value}' of 'Llm:{key}' is not valid: ", failure, StringComparison.Ordinal);
        Assert.Contains(expected, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Modell", "Llm", "Model")]
    [InlineData("MaxRetries", "Llm", "Retry")]
    [InlineData("Resume:MaxResume", "Llm:Resume", "MaxResumes")]
    [InlineData("Retry:Pipeline", "Llm:Retry", "BaseDelay")]
    [InlineData("Read:Max", "Llm:Read", "MaxEventBytes")]
    [InlineData("Timeouts:Idle", "Llm:Timeouts", "IdleBytes")]
    [InlineData("Provider:Address", "Llm:Provider", "BaseAddress")]
    [InlineData("Provider:RequestStyle:TopK", "Llm:Provider:RequestStyle", "AcceptsTopK")]
    [InlineData("Logging:Level", "Llm", "Timeouts")]
    public void An_unknown_key_is_reported_with_its_section_and_the_known_keys(string key, string section, string known)
    {
        string failure = Assert.Single(Failures((key, "1")));
        Assert.StartsWith($"Unknown key 'Llm:{key.Replace(":Level", "", StringComparison.Ordinal)}' in the section '{section}'.", failure, StringComparison.Ordinal);
        Assert.Contains(known, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Model:Name", "'Llm:Model' is a value, not a section.")]
    [InlineData("Retry", "'Llm:Retry' is a section, and has no value of its own.")]
    public void A_value_in_place_of_a_section_and_the_reverse_are_reported(string key, string expected) =>
        Assert.Equal(expected, Assert.Single(Failures((key, "3"))));

    [Fact]
    public void All_failures_are_reported_together() =>
        Assert.Equal(
            3, Failures(("Resume:MaxResumes", "-1"), ("Retry:MaxDelay", "later"), ("Retry:Typo", "1"), ("Retry:Other", "1")).Count());

    [Fact]
    public void A_configuration_that_is_not_a_section_is_read_too_and_its_unknown_keys_are_reported_briefly()
    {
        IConfigurationRoot root = Root([("Model", "m"), .. Enumerable.Range(10, 30).Select(i => ($"OTHER_{i}", "x"))]);
        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(
            () => OptionsFromConfiguration.Apply(root, new LlmStreamOptions(), "name"));
        Assert.Contains("'OTHER_10'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("and 20 more in the configuration", exception.Message, StringComparison.Ordinal);
        Assert.Contains("pass a section", exception.Message, StringComparison.Ordinal);
        Assert.Equal("name", exception.OptionsName);
    }

    private static IEnumerable<string> Failures(params (string Key, string Value)[] values) =>
        Assert.Throws<OptionsValidationException>(() => Apply(new LlmStreamOptions(), values)).Failures;

    private static void Apply(LlmStreamOptions options, params (string Key, string Value)[] values) =>
        OptionsFromConfiguration.Apply(
            Root([.. values.Select(value => ($"Llm:{value.Key}", value.Value))]).GetSection("Llm"), options, "");

    private static IConfigurationRoot Root((string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => new KeyValuePair<string, string?>(v.Key, v.Value))).Build();

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && !NotInConfiguration.Contains(property.PropertyType));

    private static void AddSamples(Dictionary<string, object> values, string path, object options)
    {
        foreach (PropertyInfo property in Properties(options.GetType()))
        {
            object? current = property.GetValue(options);
            string key = path + property.Name;
            if (Sample(property, current) is { } sample) values.Add(key, sample);
            else if (!typeof(IEnumerable<KeyValuePair<string, string>>).IsAssignableFrom(property.PropertyType))
                AddSamples(values, key + ":", current!);
        }
    }

    private static object? Sample(PropertyInfo property, object? current)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (property.Name == nameof(LlmProvider.Name)) return "own";
        if (type == typeof(IReadOnlyList<string>)) return "A,B";
        if (type == typeof(string)) return $"{property.Name}-1";
        if (type == typeof(bool)) return !(bool)current!;
        if (type == typeof(int)) return 7;
        if (type == typeof(double)) return 0.7;
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(7);
        if (type == typeof(Uri)) return new Uri($"http://localhost:7/{property.Name}/");
        if (type == typeof(ChatDialect)) return ChatDialect.Cohere;
        if (type == typeof(LlmReplay)) return LlmReplay.LlamaCpp;
        return type.IsEnum ? Enum.GetValues(type).Cast<object>().First(value => !value.Equals(current)) : null;
    }

    private static object? ValueOf(object? options, string path) =>
        path.Split(':').Aggregate(options, (value, name) => value!.GetType().GetProperty(name)!.GetValue(value));
}
