using System.Globalization;
using System.Text;

namespace LlmStream.Tests.Resilience;

/// <summary>What the scripted server answers: ASCII text, text with characters outside the basic plane, and Markdown.</summary>
public static class ScriptedAnswers
{
    public const string English = "The sky is blue because air scatters short waves of light far more than long ones. At dusk the light comes a longer way, and what is left of it is red.";

    public const string Chinese = "天空之所以是蓝色的，是因为空气对短波光的散射远强于长波光。🌅 傍晚时分，光要走更长的路，👩‍🚀剩下的便是红色𝄞。";

    public const string Markdown = "Here is a loop:\n\n```csharp\nfor (int i = 0; i < 3; i++)\n{\n    Console.WriteLine(i);\n}\n```\n\nIt prints:\n\n- `0`\n- `1`\n- `2`\n\nThat is all.\n";

    private static readonly (string Name, string Text)[] Answers = [("English", English), ("Chinese", Chinese), ("Markdown", Markdown)];

    /// <summary>Rows of a dialect and the name of an answer.</summary>
    public static TheoryData<string, string> InEveryDialect
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string dialect in (string[])["openai", "dashscope", "dashscope-cumulative", "hunyuan", "anthropic", "responses", "gemini", "ollama", "cohere"])
            {
                foreach ((string name, _) in Answers) data.Add(dialect, name);
            }

            return data;
        }
    }

    /// <summary>The step between cuts: they are closest in one answer of one dialect.</summary>
    public static int StepOf(string dialect, string name) => (dialect, name) is ("openai", "Chinese") ? 3 : 23;

    public static async Task ForEachAsync(Func<string, string, Task> check)
    {
        foreach (TheoryDataRow<string, string> row in InEveryDialect)
        {
            (string dialect, string name) = row.Data;
            await EveryByte.ForEachAsync([$"{dialect}, {name}"], _ => check(dialect, name));
        }
    }

    public static string Text(string name) => Answers.Single(answer => answer.Name == name).Text;

    public static string Long(int length)
    {
        var text = new StringBuilder();
        for (int i = 1; text.Length < length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i}. The square of {i} is {i * i}, and its cube {(long)i * i * i}. 第{i}行，完。\n");
        }

        return text.ToString(0, length);
    }
}
