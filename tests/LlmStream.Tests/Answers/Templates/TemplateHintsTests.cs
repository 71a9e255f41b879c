using LlmStream.Answers.Templates;

namespace LlmStream.Tests.Answers.Templates;

public class TemplateHintsTests
{
    [Fact]
    public void The_form_of_an_event_does_not_depend_on_the_values_in_its_slots()
    {
        ulong form = FormOf("message", "{\"text\":\"", "a", "\",\"x\":", "1", "}");
        Assert.Equal(form, FormOf("message", "{\"text\":\"", "something else", "\",\"x\":", "", "}"));
        Assert.NotEqual(form, FormOf("error", "{\"text\":\"", "a", "\",\"x\":", "1", "}"));
        Assert.NotEqual(form, FormOf("message", "{\"text\":\"", "a", "\",\"y\":", "1", "}"));
        Assert.NotEqual(form, FormOf("message", "{\"text\":\"", "a", "\",\"x\":", "1", " }"));
        Assert.NotEqual(form, FormOf("message", "{\"text\":\"a", "", "\",\"x\":", "1", "}"));
    }

    [Fact]
    public void The_kind_of_a_slot_is_part_of_the_form()
    {
        ulong Of(TemplateSlotKind kind, int argument) =>
            TemplateHints.FormOf("message", "{\"x\":\"a\"}"u8, [new TemplateSlot(kind, argument, 6, 1, IsOpen: true)]);

        Assert.NotEqual(Of(TemplateSlotKind.Text, 0), Of(TemplateSlotKind.Reasoning, 0));
        Assert.NotEqual(Of(TemplateSlotKind.Text, 0), Of(TemplateSlotKind.Text, 1));
        Assert.Equal(Of(TemplateSlotKind.Text, 1), Of(TemplateSlotKind.Text, 1));
    }

    [Fact]
    public void A_form_is_found_until_another_one_takes_its_place()
    {
        var hints = new TemplateHints();
        Assert.Equal(0UL, hints.Find(7));
        hints.Set(7, 0b101);
        hints.Set(8, 0b11);
        Assert.Equal((0b101UL, 0b11UL), (hints.Find(7), hints.Find(8)));
        hints.Set(7 + TemplateHints.MaxForms, 1);
        Assert.Equal((0UL, 0b11UL, 1UL), (hints.Find(7), hints.Find(8), hints.Find(7 + TemplateHints.MaxForms)));
    }

    /// <summary>The form of an event that consists of bytes and of values in slots, in turns.</summary>
    private static ulong FormOf(string eventType, params string[] pieces)
    {
        List<TemplateSlot> slots = [];
        string json = "";
        for (int i = 0; i < pieces.Length; i++)
        {
            if (i % 2 == 1) slots.Add(new TemplateSlot(TemplateSlotKind.IgnoredString, 0, json.Length, pieces[i].Length, IsOpen: false));
            json += pieces[i];
        }

        return TemplateHints.FormOf(eventType, System.Text.Encoding.UTF8.GetBytes(json), slots);
    }
}
