using System.Globalization;
using LlmStream.Testing;

namespace LlmStream.Cli.Serve;

/// <summary>What the command line asks for.</summary>
/// <param name="Port">The port, or 0.</param>
/// <param name="Dialect">The dialect of every request, or null.</param>
/// <param name="Script">What to answer.</param>
internal sealed record ServeArguments(int Port, ChatDialect? Dialect, Script Script)
{
    private const string DefaultText =
        "The sky is blue because air scatters short waves of light more than long ones. Sunlight holds every colour; on its way "
        + "through the air the blue of it is thrown about, and reaches us from all sides. In the evening the way is longer: the "
        + "blue is lost, and what is left is red.\n\n"
        + "In short (简而言之):\n\n* noon: blue 🌤️\n* evening: red 🌇\n";

    /// <exception cref="FormatException">An argument is wrong; the message says which in one line.</exception>
    public static ServeArguments Read(string? port, string? dialect, string? script, string? text, string? textFile, string[] faults, string? rate)
    {
        if ((script is null ? 0 : 1) + (text is null ? 0 : 1) + (textFile is null ? 0 : 1) > 1)
        {
            throw new FormatException("Only one of --script, --text and --text-file can be given.");
        }

        if (script is not null && (faults.Length > 0 || rate is not null))
        {
            throw new FormatException("--fault and --rate do not go with --script: write them into its steps.");
        }

        return new ServeArguments(
            PortOf(port),
            DialectOf(dialect),
            script is not null ? Load(script) : ScriptOf(text ?? (textFile is null ? DefaultText : TextOf(textFile)), faults, RateOf(rate)));
    }

    private static int PortOf(string? port)
    {
        if (port is null) return 0;
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 65535
            ? number
            : throw new FormatException($"The port '{port}' is not a number from 0 to 65535.");
    }

    private static ChatDialect? DialectOf(string? dialect)
    {
        if (dialect is null) return null;
        return ChatDialect.All.FirstOrDefault(known => string.Equals(known.Name, dialect, StringComparison.Ordinal))
            ?? throw new FormatException($"There is no dialect '{dialect}'; expected {string.Join(", ", ChatDialect.All)}.");
    }

    private static double? RateOf(string? rate)
    {
        if (rate is null) return null;
        return double.TryParse(rate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number is >= 0.001 and <= 1e6
            ? number
            : throw new FormatException($"The rate '{rate}' is not a number of events a second, such as 50 or 0.5.");
    }

    private static string TextOf(string file) => Read("--text-file", () => File.ReadAllText(file));

    private static Script Load(string file) => Read("--script", () => Script.Load(file));

    private static T Read<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException($"{option}: {e.Message}", e);
        }
    }

    private static Script ScriptOf(string text, string[] faults, double? rate)
    {
        Script answer = Script.Answer(text);
        if (rate is not null) answer = answer.AtRate(rate.Value);
        (string Fault, int? Request)[] befalling = [.. faults.Select(Befalling)];
        Script Step(int request) => befalling.Where(fault => fault.Request is null || fault.Request == request)
            .Aggregate(answer, (script, fault) => script.WithFault(fault.Fault));

        // One step for each request that is named, and one for all that follow.
        int named = befalling.Select(fault => fault.Request ?? 0).DefaultIfEmpty().Max();
        return Enumerable.Range(1, named + 1).Select(Step).Aggregate((script, next) => script.Then(next));
    }

    /// <summary>A fault and the number of the request that it befalls, from 1; null means every one.</summary>
    private static (string Fault, int? Request) Befalling(string fault)
    {
        if (fault.EndsWith('*')) return (fault[..^1], null);
        int slash = fault.LastIndexOf('/');
        return slash >= 0 && int.TryParse(fault.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int request) && request is > 0 and <= 10_000
            ? (fault[..slash], request)
            : (fault, 1);
    }
}
