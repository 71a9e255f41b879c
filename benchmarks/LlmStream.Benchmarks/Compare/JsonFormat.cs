using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// One JSON object at the end, for machines. A cell of a table is a number, without its unit, or a text.
/// </summary>
/// <param name="scale">How much is measured.</param>
/// <param name="output">Receives the object.</param>
/// <param name="progress">Receives a line for each section when it begins.</param>
internal sealed class JsonFormat(Scale scale, Stream output, TextWriter progress) : ReportFormat
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private MachineInfo? _machine;

    public override void Begin(MachineInfo machine) => _machine = machine;

    public override void BeginSection(SectionReport section) => progress.WriteLine(section.Title);

    public override void Add(TextTable table)
    {
    }

    public override void Add(string note)
    {
    }

    public override void End(Report report, TimeSpan time, bool isComplete)
    {
        MachineInfo machine = _machine!;
        using var json = new Utf8JsonWriter(output, Indented);
        json.WriteStartObject();
        json.WriteString("time", machine.Time);
        json.WriteString("machine", machine.Machine);
        json.WriteString("runtime", machine.Runtime);
        json.WriteStartObject("versions");
        foreach ((string name, string version) in machine.Versions) json.WriteString(name, version);
        json.WriteEndObject();
        json.WriteString("scale", scale.Name);
        json.WriteBoolean("complete", isComplete);
        json.WriteStartArray("sections");
        foreach (SectionReport section in report.Sections) WriteSection(json, section);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
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
