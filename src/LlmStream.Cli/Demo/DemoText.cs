namespace LlmStream.Cli.Demo;

/// <summary>The question and the answer of the demo.</summary>
internal static class DemoText
{
    public const string Question = "Why is the sky blue?";

    public const string Answer =
        "Sunlight looks white, but it contains every color. 🌤️ On its way\n"
        + "through the atmosphere it meets air molecules, which are much smaller\n"
        + "than its wavelengths. They scatter short wavelengths more than long\n"
        + "ones: blue light is scattered about four times as strongly as red.\n"
        + "So blue light passes from molecule to molecule\n"
        + "until it reaches you from every direction, and that glow is what you\n"
        + "call the sky; in Chinese it is 蓝天, “blue sky”. At dusk the light\n"
        + "takes a longer path, loses most of its blue, and arrives red. 🌇";

    /// <summary>The number of events before the reset: one that opens the answer, then one a token, up to the middle of line 5.</summary>
    public const int EventsBeforeReset = 64;
}
