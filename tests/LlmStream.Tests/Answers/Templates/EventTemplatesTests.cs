using System.Text;
using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Tests.Answers.Templates;

/// <summary>When events are recorded, and which of them match then.</summary>
public class EventTemplatesTests
{
    [Fact]
    public void The_first_event_is_not_recorded()
    {
        ChatDecoder decoder = Create();
        Assert.Equal([0, 0, 1, 2], Enumerable.Range(0, 4).Select(i => Hits(decoder, Chunk($"{i}"))));
    }

    [Fact]
    public void The_latest_templates_are_kept()
    {
        ChatDecoder decoder = Create();
        Hits(decoder, Chunk("first"));
        for (int form = 0; form < 5; form++) Hits(decoder, Chunk("x", form));
        int hits = decoder.TemplateHits;
        Assert.Equal(hits, Hits(decoder, Chunk("x", form: 0))); // replaced by the fifth
        for (int form = 4; form > 1; form--) Assert.Equal(++hits, Hits(decoder, Chunk("x", form)));
    }

    [Fact]
    public void A_stream_that_never_repeats_a_form_is_recorded_less()
    {
        // The initial budget is enough for six recordings. The next 95 events are not recorded.
        ChatDecoder decoder = Create();
        Hits(decoder, Chunk("first"));
        for (int form = 0; form < 6; form++) Hits(decoder, Chunk("x", form));
        for (int i = 0; i < 95; i++) Hits(decoder, Chunk("x", form: i < 2 ? 100 : 100 + i));
        Assert.Equal(0, decoder.TemplateHits);
        Hits(decoder, Chunk("x", form: 300));
        Assert.Equal(1, Hits(decoder, Chunk("x", form: 300)));
    }

    [Theory]
    [InlineData(1900, 1)]
    [InlineData(2048, 1)]
    [InlineData(2049, 0)]
    public void A_large_event_is_not_recorded(int known, int hits)
    {
        ChatDecoder decoder = Create();
        Hits(decoder, Chunk("first"));
        string padding = new('x', known - Chunk("", form: 1).Length - ",\"p\":\"\"".Length);
        string large = Chunk("a", form: 1).Replace("}]}", $"}}],\"p\":\"{padding}\"}}", StringComparison.Ordinal);
        Assert.Equal(known + 1, large.Length); // the text is not compared
        Hits(decoder, large);
        Assert.Equal(hits, Hits(decoder, large));
    }

    [Fact]
    public void An_event_ahead_is_taken_only_if_its_end_is_there()
    {
        ChatDecoder decoder = Create();
        for (int i = 0; i < 3; i++) Hits(decoder, Chunk("x"));
        string chunk = Chunk("y");
        Assert.Equal(0, Ahead(chunk));
        Assert.Equal(0, Ahead(chunk + "\n"));
        Assert.Equal(0, Ahead(chunk + "\ndata: more"));
        Assert.Equal(0, Ahead(chunk[..^1]));
        Assert.Equal(1, decoder.TemplateHits);
        Assert.Equal(chunk.Length + 2, Ahead(chunk + "\n\ndata: "));
        Assert.Equal(2, decoder.TemplateHits);
        Assert.Equal("xxxy", decoder.Answer.ToResult(isComplete: false).Text);

        Hits(decoder, Chunk("z", form: 9)); // after another form, the next event is not tried ahead
        Assert.Equal(0, Ahead(chunk + "\n\n"));

        int Ahead(string bytes) => decoder.TryHandleAhead(Frame.DefaultEventType, Encoding.UTF8.GetBytes(bytes));
    }

    [Fact]
    public void A_template_is_not_made_of_an_event_with_other_effects()
    {
        ChatDecoder decoder = Create();
        Hits(decoder, Chunk("first"));
        const string Refusal = """{"choices":[{"delta":{"content":"x","refusal":"y"}}]}""";
        for (int i = 0; i < 3; i++) Assert.Equal(0, Hits(decoder, Refusal));
    }

    [Fact]
    public void The_choices_of_an_answer_have_one_template()
    {
        ChatDecoder decoder = Create();
        const int Choices = 12;
        for (int i = 0; i < 5 * Choices; i++) Hits(decoder, OfChoice($"{i % Choices}", $"{i} "));
        Assert.Equal((5 * Choices) - 3, decoder.TemplateHits); // the first is not recorded, and two show that the index varies
        ChatStreamResult result = decoder.Answer.ToResult(isComplete: false);
        Assert.Equal(Choices, result.Choices.Count);
        Assert.All(result.Choices, choice => Assert.Equal(
            string.Concat(Enumerable.Range(0, 5).Select(round => $"{(round * Choices) + choice.Index} ")), choice.Text));

        Hits(decoder, OfChoice("2147483648", "no index")); // as if there was none
        Assert.EndsWith("no index", decoder.Answer.Choices[0].ToChoice().Text, StringComparison.Ordinal);

        static string OfChoice(string index, string text) => $$$"""{"choices":[{"delta":{"content":"{{{text}}}"},"index":{{{index}}}}]}""";
    }

    private static ChatDecoder Create() => ChatDialect.OpenAI.CreateDecoder(new ChatReadOptions(), observer: null);

    private static string Chunk(string text, int? form = null) => $$$"""{"choices":[{"delta":{"content":"{{{text}}}"},"f{{{form}}}":null}]}""";

    private static int Hits(ChatDecoder decoder, string json)
    {
        decoder.Handle(new Frame(FrameKind.Event, Frame.DefaultEventType, Encoding.UTF8.GetBytes(json), isUnterminated: false));
        return decoder.TemplateHits;
    }
}
