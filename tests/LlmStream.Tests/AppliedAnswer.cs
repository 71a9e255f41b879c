using System.Globalization;
using System.Text;

namespace LlmStream.Tests;

/// <summary>
/// The answer that a consumer gets who applies every delta as <see cref="ChatDelta"/> says, with no knowledge of the library:
/// <c>text = text[..delta.TextOffset] + delta.Text</c>.
/// </summary>
internal sealed class AppliedAnswer
{
    private readonly SortedDictionary<int, Choice> _choices = [];

    public static async Task<AppliedAnswer> FromAsync(IAsyncEnumerable<ChatDelta> deltas)
    {
        var answer = new AppliedAnswer();
        await foreach (ChatDelta delta in deltas) answer.Apply(delta);
        return answer;
    }

    /// <summary>What a result holds, in the same form.</summary>
    public static string Describe(ChatStreamResult result)
    {
        var answer = new AppliedAnswer();
        foreach (ChatChoice choice in result.Choices)
        {
            answer._choices.Add(choice.Index, new Choice
            {
                Text = choice.Text,
                Reasoning = choice.Reasoning,
                Refusal = choice.Refusal,
                Role = choice.Role?.Value,
                Finish = choice.FinishReason?.Value,
                Others = choice.OtherContents.Count,
                Calls = new(choice.ToolCalls.ToDictionary(call => call.Index, call => (call.Id, call.Name, call.Arguments))),
            });
        }

        return answer.ToString();
    }

    public void Apply(ChatDelta delta)
    {
        if (!_choices.TryGetValue(delta.ChoiceIndex, out Choice? choice))
        {
            if (!delta.BelongsToChoice) return;
            _choices.Add(delta.ChoiceIndex, choice = new Choice());
        }

        choice.Text = Apply(choice.Text, delta.Text, delta.TextOffset);
        choice.Reasoning = Apply(choice.Reasoning, delta.Reasoning, delta.ReasoningOffset);
        choice.Refusal = Apply(choice.Refusal, delta.Refusal, delta.RefusalOffset);
        choice.Role ??= delta.Role?.Value;
        choice.Finish = delta.FinishReason?.Value ?? choice.Finish;
        choice.Others += delta.OtherContents.Count;
        foreach (ToolCallDelta fragment in delta.ToolCalls)
        {
            (string? id, string name, string arguments) = choice.Calls.GetValueOrDefault(fragment.Index, (null, "", ""));
            choice.Calls[fragment.Index] = (id ?? fragment.Id, fragment.Name ?? name, Apply(arguments, fragment.Arguments, fragment.ArgumentsOffset));
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((int index, Choice choice) in _choices)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{index}] {choice.Role} '{choice.Text}' ({choice.Reasoning}) !{choice.Refusal}! {choice.Finish}");
            foreach ((int call, var value) in choice.Calls) text.Append(CultureInfo.InvariantCulture, $" #{call} {value}");
            text.Append(CultureInfo.InvariantCulture, $" +{choice.Others}\n");
        }

        return text.ToString();
    }

    private static string Apply(string text, string piece, int offset)
    {
        Assert.InRange(offset, 0, text.Length); // there is never a gap
        return text[..offset] + piece;
    }

    private sealed class Choice
    {
        public string Text { get; set; } = "";

        public string Reasoning { get; set; } = "";

        public string Refusal { get; set; } = "";

        public string? Role { get; set; }

        public string? Finish { get; set; }

        public int Others { get; set; }

        public SortedDictionary<int, (string? Id, string Name, string Arguments)> Calls { get; init; } = [];
    }
}
