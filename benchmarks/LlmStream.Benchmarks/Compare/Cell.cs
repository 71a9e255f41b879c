using System.Globalization;

namespace LlmStream.Benchmarks.Compare;

/// <summary>A cell of a table: the text for people and, if it is a number, its value for machines.</summary>
internal readonly record struct Cell(string Text, double? Value = null)
{
    public static Cell Missing { get; } = new("–");

    public static implicit operator Cell(string text) => new(text);

    public static Cell Number(double? value, string format = "#,0", string unit = "") =>
        value is { } number ? new(number.ToString(format, CultureInfo.InvariantCulture) + unit, number) : Missing;

    public override string ToString() => Text;
}
