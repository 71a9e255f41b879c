namespace LlmStream.Inspection;

/// <summary>Records in which order things came: what the deltas of a stream show and the whole answer does not.</summary>
internal sealed class DeltaStatistics
{
    // Fewer or shorter chunks repeat one another by chance.
    private const int MinRepeats = 3;
    private const int MinLength = 8;

    private readonly Dictionary<int, Choice> _choices = [];

    /// <summary>The number of chunks of text that came after the finish reason of their choice.</summary>
    public int TextsAfterFinish { get; private set; }

    /// <summary>How often the server withdrew text that it had sent.</summary>
    public int Withdrawals { get; private set; }

    /// <summary>The finish reasons of a choice that had more than one, in order; empty if none had.</summary>
    public IReadOnlyList<string> ChangedFinishReasons =>
        _choices.Values.FirstOrDefault(choice => choice.FinishReasons.Count > 1)?.FinishReasons ?? [];

    /// <summary>Whether each chunk of a choice begins with the whole chunk before it, as if all text so far were repeated.</summary>
    public bool LooksCumulative => _choices.Values.Any(choice =>
        choice.HasGrown && choice.Repeats >= MinRepeats && choice.Repeats == choice.Texts - 1 && choice.LastText.Length >= MinLength);

    public void Add(ChatDelta delta)
    {
        if (!_choices.TryGetValue(delta.ChoiceIndex, out Choice? choice)) _choices.Add(delta.ChoiceIndex, choice = new Choice());
        if (delta.Text.Length > 0)
        {
            if (choice.FinishReasons.Count > 0) TextsAfterFinish++;
            if (delta.TextOffset < choice.Length) Withdrawals++;
            choice.Add(delta);
        }

        if (delta.FinishReason is { } reason) choice.FinishReasons.Add(reason.Value);
    }

    private sealed class Choice
    {
        public List<string> FinishReasons { get; } = [];

        public string LastText { get; private set; } = "";

        public int Length { get; private set; }

        public int Texts { get; private set; }

        /// <summary>The number of chunks that begin with the chunk before them.</summary>
        public int Repeats { get; private set; }

        /// <summary>Whether one of them is longer than the chunk before it.</summary>
        public bool HasGrown { get; private set; }

        public void Add(ChatDelta delta)
        {
            Length = delta.TextOffset + delta.Text.Length;
            Texts++;
            if (LastText.Length > 0 && delta.Text.StartsWith(LastText, StringComparison.Ordinal))
            {
                Repeats++;
                HasGrown |= delta.Text.Length > LastText.Length;
            }

            LastText = delta.Text;
        }
    }
}
