using Microsoft.Extensions.Configuration;

namespace LlmStream.DependencyInjection;

/// <summary>
/// Reads a configuration section key by key, without reflection, and collects everything that is wrong with it: values that are not valid,
/// and keys that nobody reads, which are probably misspelled.
/// </summary>
internal sealed class ConfigurationReader
{
    // A configuration that is not a section may hold all environment variables.
    private const int MaxUnknownKeys = 10;

    private readonly IConfiguration _section;
    private readonly string _path;
    private readonly List<string> _failures;
    private readonly List<string> _keys = [];

    /// <summary>Begins to read a section.</summary>
    public ConfigurationReader(IConfiguration section)
        : this(section, [])
    {
    }

    private ConfigurationReader(IConfiguration section, List<string> failures)
    {
        _section = section;
        _path = section is IConfigurationSection named ? named.Path : "";
        _failures = failures;
    }

    /// <summary>What is wrong with the section, and with the sections in it.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>The path of the section.</summary>
    public string Path => _path;

    /// <summary>The value of the section itself, or null if it is blank.</summary>
    public string? Value => _section is IConfigurationSection { Value: { } value } && !string.IsNullOrWhiteSpace(value) ? value : null;

    /// <summary>The keys in the section that have a value or are sections, in no particular order.</summary>
    public IEnumerable<IConfigurationSection> Children => _section.GetChildren();

    /// <summary>Reads a section in this one, whose own value, if it has one, is a failure.</summary>
    public ConfigurationReader ReadSection(string key)
    {
        ConfigurationReader section = ReadSectionOrValue(key);
        if (section.Value is not null) _failures.Add($"'{section._path}' is a section, and has no value of its own.");
        return section;
    }

    /// <summary>Reads a section in this one, which may have a value too.</summary>
    public ConfigurationReader ReadSectionOrValue(string key)
    {
        _keys.Add(key);
        return new ConfigurationReader(_section.GetSection(key), _failures);
    }

    /// <summary>Reads a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="parse">Parses the value. It, and <paramref name="set"/>, report an invalid value with an exception.</param>
    /// <param name="set">Takes the value. Not called if the value is missing or blank.</param>
    public void Read<T>(string key, Func<string, T> parse, Action<T> set)
    {
        _keys.Add(key);
        IConfigurationSection child = _section.GetSection(key);
        if (child.GetChildren().Any()) _failures.Add($"'{child.Path}' is a value, not a section.");
        if (!string.IsNullOrWhiteSpace(child.Value)) Try(child.Path, child.Value, () => set(parse(child.Value)));
    }

    /// <summary>Reads a list: a section whose keys are numbers, as arrays are in JSON, or a value with commas.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">Takes the values. Not called if there are none.</param>
    public void ReadList(string key, Action<IReadOnlyList<string>> set)
    {
        ConfigurationReader list = ReadSectionOrValue(key);
        string[] values = list.Value is { } value
            ? value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [.. list.Children.Select(child => child.Value).OfType<string>()];
        if (values.Length > 0) set(values);
    }

    /// <summary>Does something with a value, and adds a failure if an exception reports that the value is not valid.</summary>
    public void Try(string path, string value, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            _failures.Add($"The value '{value}' of '{path}' is not valid: {WithoutParameter(exception)}");
        }
    }

    /// <summary>Adds a failure.</summary>
    public void Fail(string message) => _failures.Add(message);

    /// <summary>The path of a key in this section.</summary>
    public string PathOf(string key) => _path.Length == 0 ? key : ConfigurationPath.Combine(_path, key);

    /// <summary>Reports the keys that have not been read.</summary>
    public void ReportUnknownKeys()
    {
        string[] unknown =
            [.. Children.Select(child => child.Key).Where(key => !_keys.Contains(key, StringComparer.OrdinalIgnoreCase))];
        if (unknown.Length == 0) return;
        string names = string.Join(", ", unknown.Take(MaxUnknownKeys).Select(key => $"'{PathOf(key)}'"));
        if (unknown.Length > MaxUnknownKeys) names += $" and {unknown.Length - MaxUnknownKeys} more";
        string known = string.Join(", ", _keys.Order(StringComparer.Ordinal));
        string where = _path.Length == 0
            ? "the configuration. If it holds other settings too, pass a section of it"
            : $"the section '{_path}'";
        _failures.Add($"Unknown {(unknown.Length == 1 ? "key" : "keys")} {names} in {where}. The keys are: {known}.");
    }

    /// <summary>
    /// The message, without the name of the parameter and the actual value that <see cref="ArgumentException"/> appends: the key and the
    /// value are in the failure already.
    /// </summary>
    private static string WithoutParameter(Exception exception)
    {
        int end = exception is ArgumentException { ParamName: { } name }
            ? exception.Message.LastIndexOf($" (Parameter '{name}')", StringComparison.Ordinal)
            : -1;
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
