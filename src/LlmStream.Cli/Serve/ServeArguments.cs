using System.Globalization;
using LlmStream.Testing;

namespace LlmStream.Cli.Serve;

/// <summary>The validated arguments of <c>llmstream serve</c>.</summary>
/// <param name="Port">The port, or 0 for any free one.</param>
/// <param name="Dialect">The dialect of every request, or null if each request determines it.</param>
/// <param name="Script">What to answer.</param>
internal sealed record ServeArguments(int Port, ChatDialect? Dialect, Script Script)
{
    /// <summary>
    /// The default of <c>--text</c>. Contains CJK characters and emoji, so that byte offsets can fall within a character.
    /// </summary>
    public const string DefaultText =
        "The sky is blue because air scatters short wavelengths of light more than long ones. Sunlight contains every color; on its "
        + "way through the air its blue part is scattered, and reaches us from all directions. In the evening the path is longer: most "
        + "of the blue is scattered away, and what remains is red.\n\n"
        + "In short (简而言之):\n\n* noon: blue 🌤️\n* evening: red 🌇\n";

    private const int MaxRequestNumber = 10_000;

    /// <summary>The web origins that may use the server besides those of this machine.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Validates the arguments, and reads the files they name.</summary>
    /// <exception cref="UsageException">An argument is invalid, or a file cannot be read.</exception>
    public static ServeArguments Parse(
        string? port,
        string? dialect,
        string? script,
        string? text,
        string? textFile,
        string[] faults,
        string? rate,
        string[]? origins = null)
    {
        return new ServeArguments(
            ParsePort(port), ParseDialect(dialect), ParseScript(script, text, textFile, faults, rate, DefaultText, defaultRate: null))
        {
            AllowedOrigins = [.. (origins ?? []).Select(origin => ParseOrigin("--allow-origin", origin).GetLeftPart(UriPartial.Authority))],
        };
    }

    /// <summary>Validates the arguments that determine what is answered, and reads the files they name.</summary>
    /// <exception cref="UsageException">An argument is invalid, or a file cannot be read.</exception>
    public static Script ParseScript(
        string? script, string? text, string? textFile, string[] faults, string? rate, string defaultText, double? defaultRate)
    {
        if (new[] { script, text, textFile }.Count(value => value is not null) > 1)
            throw new UsageException("only one of --script, --text and --text-file can be used");
        if (script is not null && (faults.Length > 0 || rate is not null))
            throw new UsageException("--fault and --rate cannot be combined with --script; use 'faults' and 'rate' in its steps");
        return script is not null
            ? LoadScript(script)
            : CreateScript(text ?? ReadText(textFile) ?? defaultText, faults, ParseRate(rate) ?? defaultRate);
    }

    /// <exception cref="UsageException">The port is invalid.</exception>
    public static int ParsePort(string? port)
    {
        if (port is null) return 0;
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 65535
            ? number
            : throw new UsageException($"--port: '{port}' is not a number from 0 to 65535");
    }

    /// <exception cref="UsageException">The value is not an origin.</exception>
    public static Uri ParseOrigin(string option, string origin)
    {
        bool isOrigin = Uri.TryCreate(origin, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" };
        return isOrigin ? address! : throw new UsageException($"{option}: '{origin}' is not an origin, such as https://app.example");
    }

    private static ChatDialect? ParseDialect(string? name)
    {
        if (name is null) return null;
        return ChatDialect.All.FirstOrDefault(dialect => string.Equals(dialect.Name, name, StringComparison.Ordinal))
            ?? throw new UsageException($"unknown dialect '{name}'; expected one of {string.Join(", ", ChatDialect.All)}");
    }

    private static double? ParseRate(string? rate)
    {
        if (rate is null) return null;
        return double.TryParse(rate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number is >= 0.001 and <= 1e6
            ? number
            : throw new UsageException($"--rate: '{rate}' is not a number of events per second, such as 50 or 0.5");
    }

    private static string? ReadText(string? file)
    {
        if (file is null) return null;
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Invalid("--text-file", e);
        }
    }

    private static Script LoadScript(string file)
    {
        try
        {
            return Script.Load(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            throw Invalid("--script", e);
        }
    }

    private static Script CreateScript(string text, string[] faults, double? rate)
    {
        Script answer = Script.Answer(text);
        if (rate is not null) answer = answer.WithRate(rate.Value);
        (string Fault, int? Request)[] parsed = [.. faults.Select(ParseRequestNumber)];

        // One step for each request up to the last that a fault names, and one for all requests after it.
        int last = parsed.Select(fault => fault.Request ?? 0).DefaultIfEmpty().Max();
        return Enumerable.Range(1, last + 1).Select(CreateStep).Aggregate((script, next) => script.Then(next));

        Script CreateStep(int request) => parsed.Where(fault => fault.Request is null || fault.Request == request)
            .Aggregate(answer, (script, fault) => AddFault(script, fault.Fault));
    }

    /// <summary>Separates a fault from the number of the request it applies to, from 1; null means every request.</summary>
    private static (string Fault, int? Request) ParseRequestNumber(string fault)
    {
        if (fault.EndsWith('*')) return (fault[..^1], null);
        int slash = fault.LastIndexOf('/');
        return slash >= 0
            && int.TryParse(fault.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int request)
            && request is > 0 and <= MaxRequestNumber
            ? (fault[..slash], request)
            : (fault, 1);
    }

    private static Script AddFault(Script script, string fault)
    {
        try
        {
            return script.WithFault(fault);
        }
        catch (FormatException e)
        {
            throw Invalid("--fault", e);
        }
    }

    private static UsageException Invalid(string option, Exception exception) =>
        new($"{option}: {exception.Message.TrimEnd('.')}", exception);
}
