using LlmStream.Testing;

namespace LlmStream.Browser.Tests.FrontEnds;

/// <summary>The ways in which an answer ends, as scripts of the provider.</summary>
internal static class Ending
{
    /// <summary>The whole answer: characters of one to four bytes.</summary>
    public const string Text = "The sky is blue, 蓝天 🌤️, since air scatters blue light most.";

    /// <summary>What the provider says of its failure. No user may see it.</summary>
    public const string Secret = "upstream gpu-7.internal rejected key sk-1234";

    // Slow enough for each event to arrive on its own, as from a real provider: some of the front ends do not buffer.
    private static readonly Script Answer = Script.Answer(Text).InChunksOf(4).WithUsage().WithRate(100);

    public static Script Complete => Answer;

    /// <summary>The provider reports an error after some of the text.</summary>
    public static Script Error => Answer.FailAtEvent(3, ErrorFrame.Data(Secret));

    /// <summary>The provider's body just ends after some of the text, as if complete.</summary>
    public static Script Truncated => Answer.CutAtEvent(3);

    /// <summary>The provider's body just ends, within an event.</summary>
    public static Script TruncatedInEvent => Answer.CutAt(600);

    /// <summary>The provider resets the connection after some of the text.</summary>
    public static Script Reset => Answer.ResetAtEvent(3);

    /// <summary>The provider sends nothing more after some of the text.</summary>
    public static Script Stalled => Answer.StallAtEvent(3);

    public static Script Length => Answer.WithFinishReason("length");

    public static Script ContentFilter => Answer.WithFinishReason("content_filter");

    public static Script RefusedKey => Script.Status(401, "{\"error\":{\"message\":\"" + Secret + "\"}}");

    public static Script RateLimited => Script.Status(429).WithRetryAfter(TimeSpan.FromSeconds(7));

    public static Script Endless => Script.Endless().WithRate(50);

    public static Script Reasoning => Script.Answer(Text).WithReasoning("Rayleigh scattering, 散射.").WithUsage().WithRate(100);

    public static Script ToolCalls => Script.Answer("")
        .WithToolCall("get_weather", """{"city":"Köln"}""")
        .WithToolCall("get_time", """{"zone":"CET"}""")
        .WithRate(100);

    /// <summary>The script of a name, for theories.</summary>
    public static Script Get(string name) => (Script)typeof(Ending).GetProperty(name)!.GetValue(null)!;
}
