using System.Globalization;

namespace LlmStream.Benchmarks.Compare;

/// <summary>A section of the comparison. It measures, prints the figures, and returns the goals with what was measured.</summary>
internal abstract class Section
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    public abstract Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output);

    public static string Format(double value, string format = "#,0") => value.ToString(format, CultureInfo.InvariantCulture);
}
