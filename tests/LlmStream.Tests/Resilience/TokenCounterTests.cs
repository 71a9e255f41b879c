using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Resilience;

namespace LlmStream.Tests.Resilience;

/// <summary>How wrong the rule of <see cref="LlmStreamOptions.CountTokens"/> is, as its documentation states.</summary>
public class TokenCounterTests
{
    private const int MinTokens = 20;

    [Fact]
    public void The_error_of_the_rule_is_as_stated()
    {
        string file = Path.Combine(Repository.RequireShared("corpus"), "expected.jsonl");
        var counter = new TokenCounter(null);
        List<(double Error, bool IsChinese, bool HasCalls)> answers = [];
        foreach (string line in File.ReadLines(file))
        {
            JsonObject row = JsonNode.Parse(line)!.AsObject();
            if (row["error"] is not null || !(bool)row["terminal"]! || row["usage"]?["output"] is not { } output || (long)output < MinTokens) continue;
            ChatChoice[] choices = [.. row["choices"]!.AsObject().Select(choice => Read(choice.Value!))];
            bool isHidden = row["usage"]!["reasoning"] is { } reasoning && (long)reasoning > 0 && choices.All(choice => choice.Reasoning.Length == 0);
            long estimate = counter.CountOutput(new ChatStreamResult { Choices = choices });
            if (isHidden || estimate == 0) continue;
            string text = string.Concat(choices.Select(choice => choice.Text + choice.Reasoning));
            bool hasCalls = choices.Any(choice => choice.ToolCalls.Count > 0);
            answers.Add((Math.Abs(((double)estimate / (long)output) - 1), !hasCalls && text.Count(c => c is >= '\u3000' and <= '\u9FFF') > text.Length / 2, hasCalls));
        }

        Assert.InRange(answers.Count, 100, 120);
        Assert.InRange(Quantile(answers, 0.5), 0.2, 0.27);
        Assert.InRange(Quantile(answers, 0.8), 0.4, 0.53);
        Assert.InRange(Quantile(answers.Where(answer => answer.IsChinese), 0.5), 0.1, 0.2);
        Assert.InRange(Quantile(answers.Where(answer => answer.HasCalls), 0.5), 0.2, 0.28);
    }

    [Fact]
    public void An_answer_that_is_being_read_is_counted_as_its_copy_is()
    {
        var answer = new AnswerBuilder(ChatTextMode.Incremental, new ChatReadOptions());
        ChoiceBuilder choice = answer.EditChoice(0);
        choice.AddReasoning("It scatters."u8, escaped: false);
        choice.AddText("天空是蓝色的"u8, escaped: false);
        choice.AddRefusal("no"u8, escaped: false);
        choice.AddToolCall(new ToolCallFragment { Id = "1", Name = "look_up", Arguments = "{\\\"of\\\":1"u8, ArgumentsAreEscaped = true });
        answer.EditChoice(3).AddText("another choice"u8, escaped: false);
        answer.EditChoice(4); // nothing of it came
        answer.EndEvent();
        foreach (TokenCounter counter in (TokenCounter[])[new(null), new(text => text.Length)])
            Assert.Equal(counter.CountOutput(answer.ToPartial()), counter.CountOutput(answer));
        Assert.InRange(new TokenCounter(null).CountOutput(answer), 20, 40);
    }

    private static double Quantile(IEnumerable<(double Error, bool, bool)> answers, double share)
    {
        double[] errors = [.. answers.Select(answer => answer.Error).Order()];
        return errors[Math.Min(errors.Length - 1, (int)(share * errors.Length))];
    }

    private static ChatChoice Read(JsonNode choice) => new()
    {
        Text = (string?)choice["text"] ?? "",
        Reasoning = (string?)choice["reasoning"] ?? "",
        Refusal = (string?)choice["refusal"] ?? "",
        ToolCalls =
        [
            .. choice["tool_calls"]!.AsArray().Select((call, i) => new ToolCall
            {
                Index = i, Name = (string?)call!["name"] ?? "", Arguments = (string?)call["arguments"] ?? "",
            }),
        ],
    };
}
