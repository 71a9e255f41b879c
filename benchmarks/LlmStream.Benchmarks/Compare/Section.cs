using System.Globalization;

namespace LlmStream.Benchmarks.Compare;

/// <summary>One of the goals' groups: it measures, prints what it measured, and returns it beside the goals.</summary>
internal abstract class Section
{
    public abstract string Name { get; }

    public abstract string Title { get; }

    public abstract Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output);

    public static string Number(double value, string format = "#,0") => value.ToString(format, CultureInfo.InvariantCulture);
}
