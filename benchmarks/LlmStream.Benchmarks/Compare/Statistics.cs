namespace LlmStream.Benchmarks.Compare;

internal static class Statistics
{
    public static double Median(this IEnumerable<double> values) => values.Quantile(0.5);

    public static double Quantile(this IEnumerable<double> values, double quantile)
    {
        double[] sorted = [.. values.Order()];
        double position = (sorted.Length - 1) * quantile;
        int index = (int)position;
        if (index + 1 == sorted.Length) return sorted[index];
        return sorted[index] + ((position - index) * (sorted[index + 1] - sorted[index]));
    }

    /// <summary>The interquartile range divided by the median: a measure of the noise.</summary>
    public static double RelativeSpread(this IReadOnlyCollection<double> values) =>
        (values.Quantile(0.75) - values.Quantile(0.25)) / values.Median();
}
