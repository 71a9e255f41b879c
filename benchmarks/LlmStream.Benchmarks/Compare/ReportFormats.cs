using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Writes a report for machines, and for <c>benchmarks/README.md</c>.</summary>
internal static class ReportFormats
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one JSON object. A cell of a table is a number, without its unit, or a text.</summary>
    public static void WriteJson(Report report, MachineInfo machine, Scale scale, Stream output)
    {
        using var json = new Utf8JsonWriter(output, Indented);
        json.WriteStartObject();
        json.WriteString("time", machine.Time);
        json.WriteString("machine", machine.Machine);
        json.WriteString("runtime", machine.Runtime);
        json.WriteStartObject("versions");
        foreach ((string name, string version) in machine.Versions) json.WriteString(name, version);
        json.WriteEndObject();
        json.WriteString("scale", scale.Name);
        json.WriteStartArray("sections");
        foreach (SectionReport section in report.Sections) WriteSection(json, section);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    /// <summary>Writes the chapter “Results” of <c>benchmarks/README.md</c>, which is its last.</summary>
    public static void WriteMarkdown(Report report, MachineInfo machine, Scale scale, TextWriter output)
    {
        output.WriteLine("## Results");
        output.WriteLine();
        bool hasAll = report.Sections.Count == CompareCommand.Sections.Count;
        string sections = hasAll ? "" : string.Concat(report.Sections.Select(section => " " + section.Name));
        output.WriteLine($"`compare{sections}{(scale == Scale.Quick ? "" : " --" + scale.Name)}` on");
        output.WriteLine();
        foreach (string line in machine.ToString().Split('\n')) output.WriteLine($"* {line.Trim()}");
        foreach (SectionReport section in report.Sections)
        {
            output.WriteLine();
            output.WriteLine($"### `{section.Name}`: {section.Title}");
            foreach (object item in section.Items)
            {
                output.WriteLine();
                output.Write(item is TextTable table ? table.ToMarkdown() : $"{item}\n");
            }
        }

        if (!report.Goals.Any()) return;
        output.WriteLine();
        output.WriteLine("### Goals");
        output.WriteLine();
        output.Write(report.CreateGoalTable().ToMarkdown());
    }

    private static void WriteSection(Utf8JsonWriter json, SectionReport section)
    {
        json.WriteStartObject();
        json.WriteString("name", section.Name);
        json.WriteString("title", section.Title);
        json.WriteStartArray("tables");
        foreach (TextTable table in section.Items.OfType<TextTable>()) WriteTable(json, table);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in section.Items.OfType<string>()) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteStartArray("goals");
        foreach (Goal goal in section.Goals)
        {
            json.WriteStartObject();
            json.WriteString("value", goal.Description);
            json.WriteNumber(goal.IsMinimum ? "min" : "max", goal.Bound);
            json.WriteNumber("measured", goal.Measured);
            json.WriteString("unit", goal.Unit);
            json.WriteBoolean("reached", goal.IsReached);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTable(Utf8JsonWriter json, TextTable table)
    {
        json.WriteStartArray();
        foreach (Cell[] row in table.Rows)
        {
            json.WriteStartObject();
            foreach ((string heading, Cell cell) in table.Headings.Zip(row))
            {
                json.WritePropertyName(heading);
                if (cell.Value is { } value && double.IsFinite(value)) json.WriteNumberValue(value);
                else if (cell == Cell.Missing) json.WriteNullValue();
                else json.WriteStringValue(cell.Text);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
