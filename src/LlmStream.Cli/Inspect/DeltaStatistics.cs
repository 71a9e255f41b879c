namespace LlmStream.Cli.Inspect;

/// <summary>What the deltas of a stream show that the whole answer does not: in which order things came.</summary>
internal sealed class DeltaStatistics
{
    // Fewer chunks, or shorter ones, repeat one another by chance.
    private const int TellingChunks = 3;
    private const int TellingLength = 8;

    private readonly Dictionary<int, Choice> _choices = [];

    /// <summary>Chunks of text that came behind their choice's finish reason.</summary>
    public int TextsBehindFinish { get; private set; }

    /// <summary>How often the server took back text that it had sent.</summary>
    public int Rewrites { get; private set; }

    /// <summary>The finish reasons of a choice that had more than one.</summary>
    public IReadOnlyList<string> ChangedFinish => _choices.Values.FirstOrDefault(choice => choice.Finishes.Count > 1)?.Finishes ?? [];

    /// <summary>Whether each chunk begins with the whole chunk before it, as if the whole text were repeated each time.</summary>
    public bool LooksCumulative => _choices.Values.Any(choice =>
        choice.HasGrown && choice.Repeats >= TellingChunks && choice.Repeats == choice.Texts - 1 && choice.LastText.Length >= TellingLength);

    public void Add(ChatDelta delta)
    {
        if (!_choices.TryGetValue(delta.ChoiceIndex, out Choice? choice)) _choices.Add(delta.ChoiceIndex, choice = new Choice());

        if (delta.Text.Length > 0)
        {
            if (choice.Finishes.Count > 0) TextsBehindFinish++;
            if (delta.TextOffset < choice.Length) Rewrites++;
            choice.Length = delta.TextOffset + delta.Text.Length;
            choice.Texts++;
            if (choice.LastText.Length > 0 && delta.Text.StartsWith(choice.LastText, StringComparison.Ordinal))
            {
                choice.Repeats++;
                choice.HasGrown |= delta.Text.Length > choice.LastText.Length;
            }

            choice.LastText = delta.Text;
        }

        if (delta.FinishReason is { } finish) choice.Finishes.Add(finish.Value);
    }

    private sealed class Choice
    {
        public List<string> Finishes { get; } = [];

        public string LastText { get; set; } = "";

        public int Length { get; set; }

        public int Texts { get; set; }

        public int Repeats { get; set; }

        public bool HasGrown { get; set; }
    }
}
