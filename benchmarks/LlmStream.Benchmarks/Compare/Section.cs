namespace LlmStream.Benchmarks.Compare;

/// <summary>A section of the comparison. It measures, and reports the figures and the goals.</summary>
internal abstract class Section
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    public abstract Task RunAsync(Scale scale, Report report);

    public static Cell Format(double? value, string format = "#,0", string unit = "") => Cell.Number(value, format, unit);
}
