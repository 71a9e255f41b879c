namespace LlmStream.Cli.Demo;

/// <summary>What the demo asks, and what it is answered.</summary>
internal static class DemoText
{
    public const string Question = "Why is the sky blue?";

    public const string Answer =
        "Sunlight looks white, but every colour travels in it. 🌤️ On its\n"
        + "way down it brushes past molecules of air, each far smaller than a\n"
        + "wave of light. They nudge a little of it aside, and the shorter the\n"
        + "wave, the harder the nudge: blue strays four times as often as red.\n"
        + "So the blue wanders from molecule to molecule\n"
        + "until it comes to you from everywhere at once, and that glow is what you\n"
        + "call the sky; in Chinese it is 蓝天, “blue heaven”. At dusk the light\n"
        + "takes a longer road, loses its blue on the way, and arrives red. 🌇";

    /// <summary>
    /// How many events of the answer come through: the first opens it, each further one brings a word. The connection is lost
    /// in the middle of the fifth line.
    /// </summary>
    public const int EventsBeforeReset = 69;
}
