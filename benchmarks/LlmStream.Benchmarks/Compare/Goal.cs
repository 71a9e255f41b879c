using System.Globalization;
using LlmStream.Reading;

namespace LlmStream.Benchmarks.Compare;

/// <summary>A goal, and what was measured of it.</summary>
internal sealed record Goal(string What, double Measured, double Bound, bool AtLeast, string Unit)
{
    public static Goal Least(string what, double measured, double bound, string unit = "times") => new(what, measured, bound, true, unit);

    public static Goal Most(string what, double measured, double bound, string unit = "times") => new(what, measured, bound, false, unit);

    public bool IsReached => AtLeast ? Measured >= Bound : Measured <= Bound;

    /// <summary>Reached, or by how much it is not.</summary>
    public string Verdict
    {
        get
        {
            if (IsReached) return "reached";
            double apart = Math.Abs(Bound - Measured);
            return $"NOT REACHED: {Number(apart)} {Unit} {(AtLeast ? "short" : "over")}, {(100 * apart / Bound).ToString("#,0", CultureInfo.InvariantCulture)} %";
        }
    }

    public string Asked => $"{(AtLeast ? "≥" : "≤")} {Number(Bound)} {Unit}";

    public string Result => $"{Number(Measured)} {Unit}";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
