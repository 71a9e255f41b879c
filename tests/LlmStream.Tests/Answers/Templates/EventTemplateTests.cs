using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Tests.Answers.Templates;

/// <summary>The events here are objects with the fields text, reasoning, count, and ignored ones.</summary>
public class EventTemplateTests
{
    [Theory]
    [InlineData("""{"text":"c","x":"1"}""", "c")]
    [InlineData("""{"text":"a longer one","x":"1"}""", "a longer one")]
    [InlineData("""{"text":"a\n","x":"1"}""", "a\\n escaped")]
    [InlineData("""{"text":"","x":"1"}""", null)] // an empty text has no effect
    [InlineData("""{"text":1,"x":"1"}""", null)]
    [InlineData("""{"text":"c","x":"2"}""", null)] // not known to vary
    [InlineData("""{"text":"c","y":"1"}""", null)]
    [InlineData("""{"text":"c","x":"1" }""", null)] // padding is not known to vary either
    [InlineData("""{"text":"c","x":"1","z":1}""", null)]
    [InlineData("""{"text":"c","x":"1""", null)]
    [InlineData("", null)]
    public void An_event_matches_if_it_differs_only_in_an_open_slot(string json, string? values) =>
        Assert.Equal(values, Match(Record("""{"text":"a","x":"1"}"""), json));

    [Fact]
    public void The_type_of_an_event_must_match()
    {
        EventTemplate template = Record("""{"text":"a"}""");
        var values = new SlotValue[1];
        Assert.Equal(12, template.Match("message", """{"text":"b"}"""u8, -1, values));
        Assert.Equal(12, template.Match(new string("message".ToCharArray()), """{"text":"b"}"""u8, -1, values));
        Assert.Equal(-1, template.Match("error", """{"text":"b"}"""u8, -1, values));
    }

    [Fact]
    public void An_event_may_be_followed_by_other_bytes()
    {
        EventTemplate template = Record("""{"text":"a"}""");
        Assert.Equal(13, template.Match("message", "{\"text\":\"bc\"}\n\ndata: {"u8, -1, new SlotValue[1]));
    }

    [Fact]
    public void A_slot_without_an_effect_is_opened_when_its_value_changes()
    {
        EventTemplate template = Record("""{"x":"1","y":2,"text":"a"}""");
        Assert.Equal(1, template.Parts.Length);
        Assert.True(TryWiden(template, """{"x":"10","y":2,"text":"b"}"""));
        Assert.Equal(2, template.Parts.Length);
        Assert.Equal("c", Match(template, """{"x":"other","y":2,"text":"c"}"""));
        Assert.Equal("c", Match(template, """{"x":"","y":2,"text":"c"}"""));
        Assert.Null(Match(template, """{"x":"1","y":3,"text":"c"}"""));
        Assert.True(TryWiden(template, """{"x":"1","y":3,"text":"b"}"""));
        Assert.Equal("c", Match(template, """{"x":"","y":-4.5e1,"text":"c"}"""));
        Assert.Null(Match(template, """{"x":"","y":04,"text":"c"}"""));
        Assert.Null(Match(template, """{"x":"","y":"4","text":"c"}"""));
    }

    [Theory]
    [InlineData("""{"text":"b"}""", "b")]
    [InlineData("""{"text":"b"      }""", "b")]
    [InlineData("{\"text\":\"b\"\t}", null)]
    [InlineData("{\"text\":\"b\"\n}", null)] // it might end the event
    [InlineData("""{ "text":"b"}""", null)]
    [InlineData("""{"text":"b"  """, null)]
    [InlineData("""{"text":"b"  ]""", null)]
    public void Spaces_before_the_last_brace_may_vary(string json, string? values)
    {
        foreach ((string one, string other) in new[] { ("""{"text":"a"}""", """{"text":"a" }"""), ("""{"text":"a"  }""", """{"text":"a"}""") })
        {
            EventTemplate template = Record(one);
            Assert.Null(Match(template, other));
            Assert.True(TryWiden(template, other));
            Assert.Equal(values, Match(template, json));
        }
    }

    [Fact]
    public void Slots_without_an_effect_can_be_open_from_the_beginning()
    {
        byte[] json = """{"x":"1","text":"a","y":2,"count":3}"""u8.ToArray();
        List<TemplateSlot> slots = Slots("""{"x":"1","text":"a","y":2,"count":3}""");
        var template = new EventTemplate("message", json, slots, varying: 0b00101);
        Assert.Equal(0b00101UL, template.Varying);
        Assert.Equal("b 4", Match(template, """{"x":"","text":"b","y":-5,"count":4}"""));
        Assert.Null(Match(template, """{"x":"","text":"b","y":-5,"count":4 }""")); // padding is compared
        Assert.Null(Match(template, """{"x":"","text":"","y":-5,"count":4}"""));

        // Any bits are harmless.
        template = new EventTemplate("message", json, slots, ulong.MaxValue);
        Assert.Equal(0b10101UL, template.Varying);
        Assert.Equal("b 4", Match(template, """{"x":"","text":"b","y":-5,"count":4 }"""));
        Assert.Null(Match(template, """{"x":"","text":"","y":-5,"count":4}"""));
        Assert.Null(Match(template, """{"x":"","text":"b","y":-5,"count":""}"""));
    }

    [Theory]
    [InlineData("""{"x":"1","y":2,"text":"a","z":1}""")]
    [InlineData("""{"x":"1","z":2,"text":"a"}""")]
    [InlineData("""{"x":1,"y":2,"text":"a"}""")]
    [InlineData("""{"x":"1","y":2,"reasoning":"a"}""")]
    [InlineData("""{"x":"1","y":2,"text":"a"} """)]
    [InlineData("""{"x":"1","y":2, "text":"a"}""")]
    [InlineData("""{"x":"1","y":2,"text":""}""")]
    public void A_template_is_not_widened_to_an_event_of_another_form(string json)
    {
        EventTemplate template = Record("""{"x":"1","y":2,"text":"a"}""");
        Assert.False(TryWiden(template, json));
        Assert.Equal(1, template.Parts.Length);
        Assert.False(template.TryWiden("error", """{"x":"1","y":2,"text":"a"}"""u8, Slots("""{"x":"1","y":2,"text":"a"}""")));
    }

    [Fact]
    public void Counts_are_parsed()
    {
        EventTemplate template = Record("""{"text":"a","count":1}""");
        Assert.True(template.HasUsageCounts);
        Assert.Equal("b 207", Match(template, """{"text":"b","count":207}"""));
        Assert.Null(Match(template, """{"text":"b","count":-1}"""));
        Assert.Null(Match(template, """{"text":"b","count":1.0}"""));
        Assert.Null(Match(template, """{"text":"b","count":1234567890123456789}"""));
    }

    [Fact]
    public void The_number_of_an_event_must_be_larger_than_those_before()
    {
        byte[] json = """{"n":5,"text":"a"}"""u8.ToArray();
        var template = new EventTemplate("message", json,
            [new(TemplateSlotKind.EventNumber, 0, 5, 1, IsOpen: true), new(TemplateSlotKind.Text, 0, 15, 1, IsOpen: true)]);
        var values = new SlotValue[2];
        Assert.Equal(json.Length, template.Match("message", json, 4, values));
        Assert.Equal(5, values[template.EventNumber].Number);
        Assert.Equal(-1, template.Match("message", json, 5, values));
    }

    [Fact]
    public void Fragments_of_different_calls_are_of_different_forms()
    {
        byte[] json = """{"args":"a"}"""u8.ToArray();
        List<TemplateSlot> first = [Arguments(new ToolCallTarget(null, 0, null, null, 0))];
        var template = new EventTemplate("message", json, first);
        Assert.True(template.TryWiden("message", json, [Arguments(new ToolCallTarget(null, 0, null, null, 0))]));
        Assert.False(template.TryWiden("message", json, [Arguments(new ToolCallTarget(null, 1, null, null, 0))]));

        static TemplateSlot Arguments(ToolCallTarget call) => new(TemplateSlotKind.Arguments, 0, 9, 1, IsOpen: true, call);
    }

    [Fact]
    public void The_only_piece_is_known()
    {
        Assert.Equal(1, Record("""{"count":1,"text":"a"}""").OnlyPiece);
        Assert.Equal(0, Record("""{"reasoning":"a","x":1}""").OnlyPiece);
        Assert.Equal(-1, Record("""{"text":"a","reasoning":"b"}""").OnlyPiece);
        Assert.Equal(-1, Record("""{"count":1}""").OnlyPiece);
        Assert.False(Record("""{"text":"a"}""").HasUsageCounts);
    }

    [Fact]
    public void The_bytes_of_effects_are_not_compared()
    {
        string json = """{"text":"abc","x":"12","count":77}""";
        Assert.Equal(json.Length - 5, EventTemplate.KnownLength(Encoding.UTF8.GetBytes(json), Slots(json)));
    }

    /// <summary>A template that has been used expects the lengths that values had before, which must not change what it matches.</summary>
    [Theory]
    [InlineData(1, 1)] // lengths are seldom expected
    [InlineData(2, 8)]
    [InlineData(3, 50)] // most are right
    public void What_matches_does_not_depend_on_the_events_before(int seed, int repeats)
    {
        string[] strings =
        [
            "2026-11-26T08:00:00.000246Z", "2026-11-26T08:00:00.000246\\n", "2026-11-26T08:00:00.00\\u4e2dZ", "2026-11-26T08:00\"00.000246Z", "",
            "a", "é", "thirty-one bytes, as many as may", "thirty-one bytes, as many as ma", "thirty-two bytes, one more than \\n", "a\u0001b", "\\x",
        ];
        string[] counts =
        [
            "0", "7", "12", "07", "00", "123", "9999999", "12345678", "1234567890", "123456789012345678", "1234567890123456789", "-1", "1.5", "1e2", "",
        ];
        var random = new Random(seed);
        int matches = 0;
        for (int i = 0; i < 40; i++)
        {
            (string x, string count) = (strings[0], counts[3]);
            EventTemplate used = Widened();
            for (int j = 0; j < 200; j++)
            {
                if (random.Next(repeats) == 0) x = strings[random.Next(strings.Length)];
                if (random.Next(repeats) == 0) count = counts[random.Next(counts.Length)];
                string json = $$"""{"x":"{{x}}","text":"b{{j}}","count":{{count}}}""";
                string after = random.Next(2) == 0 ? "" : "\n\ndata: {\"x\":\"2026-11-26T08:00:00.000246Z\",";
                string? expected = Match(Widened(), json, after);
                Assert.Equal(expected, Match(used, json, after));
                matches += expected is null ? 0 : 1;
            }
        }

        Assert.InRange(matches, 1_000, 7_000);

        static EventTemplate Widened()
        {
            EventTemplate template = Record("""{"x":"1","text":"a","count":1}""");
            Assert.True(TryWiden(template, """{"x":"2","text":"a","count":1}"""));
            return template;
        }
    }

    private static EventTemplate Record(string json) => new("message", Encoding.UTF8.GetBytes(json), Slots(json));

    private static bool TryWiden(EventTemplate template, string json) => template.TryWiden("message", Encoding.UTF8.GetBytes(json), Slots(json));

    /// <summary>The values of the slots with an effect, or null if the event does not match.</summary>
    private static string? Match(EventTemplate template, string json, string after = "")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        var values = new SlotValue[template.Parts.Length];
        int length = template.Match("message", Encoding.UTF8.GetBytes(json + after), -1, values);
        if (length != bytes.Length || bytes.Length == 0) return null;
        List<string> shown = [];
        for (int i = 0; i < values.Length; i++)
        {
            if (template.Parts[i].Kind >= TemplateSlotKind.IgnoredString) continue;
            string value = Encoding.UTF8.GetString(bytes, values[i].Start, values[i].Length);
            if (template.Parts[i].Kind == TemplateSlotKind.UsageCount) Assert.Equal(value, $"{values[i].Number}");
            shown.Add(values[i].IsEscaped ? value + " escaped" : value);
        }

        return string.Join(' ', shown);
    }

    private static List<TemplateSlot> Slots(string json)
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.RequireObject();
        while (reader.NextProperty())
        {
            bool isText = reader.Is("text"u8), isReasoning = reader.Is("reasoning"u8), isCount = reader.Is("count"u8);
            reader.Read();
            TemplateSlotKind kind = isText ? TemplateSlotKind.Text : TemplateSlotKind.Reasoning;
            if (isCount) recorder.NoteUsageCount(UsageCount.Output, ref reader);
            else if (isText || isReasoning) recorder.NoteText(kind, 0, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            else recorder.Ignore(ref reader);
        }

        recorder.End(Encoding.UTF8.GetBytes(json));
        return [.. recorder.Slots];
    }
}
