namespace LlmStream.Benchmarks.Compare;

internal static class Statistics
{
    public static double Median(this IEnumerable<double> values) => values.Quantile(0.5);

    public static double Quantile(this IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        double at = (sorted.Length - 1) * share;
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }

    /// <summary>How far the middle half of the values lies apart, as a share of the median: how noisy the machine was.</summary>
    public static double Spread(this IReadOnlyCollection<double> values) => (values.Quantile(0.75) - values.Quantile(0.25)) / values.Median();
}
