using System.Globalization;

namespace LlmStream.DependencyInjection;

/// <summary>Parses values of a configuration section. An invalid one is a <see cref="FormatException"/> that says what is valid.</summary>
internal static class ConfigurationValue
{
    public static string Text(string text) => text;

    public static bool Flag(string text) =>
        bool.TryParse(text, out bool value) ? value : throw new FormatException("It is true or false.");

    public static int Number(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);

    public static double Fraction(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    public static TimeSpan Time(string text)
    {
        if (string.Equals(text.Trim(), "infinite", StringComparison.OrdinalIgnoreCase)) return Timeout.InfiniteTimeSpan;
        // TimeSpan.Parse takes a whole number for days, which is hardly ever meant.
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            || !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value))
        {
            throw new FormatException("It is a time span such as 00:00:30 (hours, minutes, seconds), or infinite.");
        }

        return value;
    }

    public static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
            ? address
            : throw new FormatException("It is an absolute address, such as https://api.example.com/v1.");

    /// <summary>Parses <c>llamacpp</c>, or the address of an AI Gateway of Cloudflare.</summary>
    public static LlmReplay Replay(string text) =>
        string.Equals(text.Trim(), LlmProvider.LlamaCpp.Name, StringComparison.OrdinalIgnoreCase) ? LlmReplay.LlamaCpp
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? gateway) ? LlmReplay.CreateCloudflareGateway(gateway)
        : throw new FormatException("It is llamacpp, or the absolute address of an AI Gateway of Cloudflare.");

    public static ChatDialect Dialect(string text)
    {
        ChatDialect[] dialects = [.. ChatDialect.All, ChatDialect.Tokens];
        return Array.Find(dialects, dialect => string.Equals(dialect.Name, text, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"The dialects are: {string.Join(", ", dialects.Select(dialect => dialect.Name))}.");
    }

    public static T Choice<T>(string text)
        where T : struct, Enum
    {
        // Numbers are refused: nobody can tell what they mean.
        T[] values = Enum.GetValues<T>();
        int index = Array.FindIndex(values, value => string.Equals(value.ToString(), text.Trim(), StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? values[index]
            : throw new FormatException($"The values are: {string.Join(", ", values.Select(value => value.ToString()))}.");
    }

    /// <summary>Parses the names of flags, separated by commas.</summary>
    public static LlmReasoningControls ReasoningControls(string text) =>
        text.Split(',').Aggregate(LlmReasoningControls.None, (all, name) => all | Choice<LlmReasoningControls>(name));
}
