using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

public class UIMessagesRewriteTests
{
    private static readonly ChatSeam Continued = new()
    {
        Attempt = 2,
        TextOffset = 3,
        Reason = ChatStreamError.IdleTimeout,
        Kind = ChatSeamKind.Appended,
    };

    private static ChatDelta[] Restarted =>
    [
        new ChatDelta { Reasoning = "Hm", OtherContents = [new TextReasoningContent("") { ProtectedData = "s" }] },
        new ChatDelta { Text = "The cap", ReasoningOffset = 2 },
        new ChatDelta { Seam = Continued with { Kind = ChatSeamKind.Restarted, TextOffset = 7 }, Text = "Ber", ReasoningOffset = 2 },
        new ChatDelta { Text = "lin", TextOffset = 3, ReasoningOffset = 2 },
    ];

    [Fact]
    public void Text_goes_on_in_the_same_part_after_a_seam()
    {
        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Hel"}
            {"type":"data-seam","data":{"attempt":2,"kind":"appended","reason":"idleTimeout","textOffset":3},"transient":true}
            {"type":"text-delta","id":"text-1","delta":"lo"}
            {"type":"text-end","id":"text-1"}
            """,
            Chunks.Of(new ChatDelta { Text = "Hel" }, new ChatDelta { Text = "lo", TextOffset = 3, Seam = Continued }));
    }

    [Theory]
    [InlineData("5.0")]
    [InlineData("6.0.326")]
    [InlineData("7.0")]
    [InlineData("7.0.69")]
    public void A_rewrite_cannot_be_expressed_for_older_clients(string version)
    {
        ChatWire wire = ChatWire.CreateUIMessages(new Version(version));

        Assert.Throws<RewriteNotSupportedException>(() => Encoded.Complete(wire, Restarted));
    }

    [Fact]
    public void A_rewrite_resets_the_step_and_sends_what_remains()
    {
        Assert.Equal(
            """
            {"type":"reasoning-start","id":"reasoning-1"}
            {"type":"reasoning-delta","id":"reasoning-1","delta":"Hm"}
            {"type":"reasoning-end","id":"reasoning-1","providerMetadata":{"llmstream":{"signature":"s"}}}
            {"type":"text-start","id":"text-2"}
            {"type":"text-delta","id":"text-2","delta":"The cap"}
            {"type":"data-seam","data":{"attempt":2,"kind":"restarted","reason":"idleTimeout","textOffset":7},"transient":true}
            {"type":"reset-step"}
            {"type":"reasoning-start","id":"reasoning-3"}
            {"type":"reasoning-delta","id":"reasoning-3","delta":"Hm"}
            {"type":"reasoning-end","id":"reasoning-3","providerMetadata":{"llmstream":{"signature":"s"}}}
            {"type":"text-start","id":"text-4"}
            {"type":"text-delta","id":"text-4","delta":"Ber"}
            {"type":"text-delta","id":"text-4","delta":"lin"}
            {"type":"text-end","id":"text-4"}
            """,
            Chunks.Of(Chunks.Newest, Restarted));
    }

    [Fact]
    public void A_rewrite_keeps_the_text_before_it_and_other_parts()
    {
        Assert.Equal(
            """
            {"type":"reset-step"}
            {"type":"text-start","id":"text-3"}
            {"type":"text-delta","id":"text-3","delta":"abc"}
            {"type":"text-end","id":"text-3"}
            {"type":"file","url":"https://example.com/a.png","mediaType":"image/png"}
            {"type":"tool-input-start","toolCallId":"c1","toolName":"find"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"q\":"}
            {"type":"text-start","id":"text-4"}
            {"type":"text-delta","id":"text-4","delta":"X"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"1}"}
            {"type":"tool-input-available","toolCallId":"c1","toolName":"find","input":{"q":1}}
            {"type":"text-end","id":"text-4"}
            """,
            AfterReset(
                new ChatDelta { Text = "abcd", OtherContents = [new UriContent("https://example.com/a.png", "image/png")] },
                new ChatDelta { TextOffset = 4, ToolCalls = [new ToolCallDelta { Id = "c1", Name = "find", Arguments = "{\"q\":" }] },
                new ChatDelta { Text = "efg", TextOffset = 4 },
                new ChatDelta { Text = "X", TextOffset = 3 },
                new ChatDelta { TextOffset = 4, ToolCalls = [new ToolCallDelta { Arguments = "1}", ArgumentsOffset = 5, IsComplete = true }] }));
    }

    [Fact]
    public void Text_can_be_shortened_to_nothing_and_begin_again()
    {
        Assert.Equal(
            """
            {"type":"reset-step"}
            {"type":"text-start","id":"text-2"}
            {"type":"text-delta","id":"text-2","delta":"new"}
            {"type":"text-end","id":"text-2"}
            """,
            AfterReset(new ChatDelta { Text = "old" }, new ChatDelta { Text = "" }, new ChatDelta { Text = "new" }));
    }

    [Fact]
    public void A_rewrite_of_a_step_before_cannot_be_expressed()
    {
        Assert.Throws<RewriteNotSupportedException>(() => Chunks.Of(
            Chunks.Newest,
            new ChatDelta { Text = "one", ToolCalls = [new ToolCallDelta { Id = "c1", Name = "find", IsComplete = true }] },
            new ChatDelta { TextOffset = 3, OtherContents = [new FunctionResultContent("c1", "x")] },
            new ChatDelta { Text = "two", TextOffset = 3 },
            new ChatDelta { Text = "three", TextOffset = 2 }));
    }

    [Fact]
    public void A_rewrite_within_a_later_step_leaves_the_earlier_ones()
    {
        Assert.Equal(
            """
            {"type":"reset-step"}
            {"type":"text-start","id":"text-3"}
            {"type":"text-delta","id":"text-3","delta":"two"}
            {"type":"text-delta","id":"text-3","delta":"!"}
            {"type":"text-end","id":"text-3"}
            """,
            AfterReset(
                new ChatDelta { Text = "one", ToolCalls = [new ToolCallDelta { Id = "c1", Name = "find", IsComplete = true }] },
                new ChatDelta { TextOffset = 3, OtherContents = [new FunctionResultContent("c1", "x")] },
                new ChatDelta { Text = "two?", TextOffset = 3 },
                new ChatDelta { Text = "!", TextOffset = 6 }));
    }

    [Fact]
    public void A_step_with_a_complete_call_is_not_sent_again()
    {
        Assert.Throws<RewriteNotSupportedException>(() => Chunks.Of(
            Chunks.Newest,
            new ChatDelta { Text = "one", ToolCalls = [new ToolCallDelta { Id = "c1", Name = "find", IsComplete = true }] },
            new ChatDelta { Text = "two" }));
    }

    private static string AfterReset(params ChatDelta[] deltas)
    {
        string chunks = Chunks.Of(Chunks.Newest, deltas);
        return chunks[chunks.IndexOf("{\"type\":\"reset-step\"}", StringComparison.Ordinal)..];
    }
}
