using System.Globalization;

namespace LlmStream.Benchmarks.Compare;

/// <summary>A goal, and the value that was measured.</summary>
internal sealed record Goal(string Description, double Measured, double Bound, bool IsMinimum, string Unit)
{
    public static Goal AtLeast(string description, double measured, double bound, string unit = "times") =>
        new(description, measured, bound, IsMinimum: true, unit);

    public static Goal AtMost(string description, double measured, double bound, string unit = "times") =>
        new(description, measured, bound, IsMinimum: false, unit);

    public bool IsReached => IsMinimum ? Measured >= Bound : Measured <= Bound;

    /// <summary>Whether the goal is reached, and if not, by how much it is missed.</summary>
    public string Verdict
    {
        get
        {
            if (IsReached) return "reached";
            double difference = Math.Abs(Bound - Measured);
            string percent = (100 * difference / Bound).ToString("#,0", CultureInfo.InvariantCulture);
            return $"NOT REACHED: {Format(difference)} {Unit} too {(IsMinimum ? "low" : "high")}, {percent} %";
        }
    }

    public string FormattedBound => $"{(IsMinimum ? "≥" : "≤")} {Format(Bound)} {Unit}";

    public string FormattedMeasured => $"{Format(Measured)} {Unit}";

    private static string Format(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
