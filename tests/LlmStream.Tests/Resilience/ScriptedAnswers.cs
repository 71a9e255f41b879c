using System.Globalization;
using System.Text;

namespace LlmStream.Tests.Resilience;

/// <summary>What the scripted server answers: plain words, words beyond the basic plane, and markup.</summary>
public static class ScriptedAnswers
{
    public const string English = "The sky is blue because air scatters short waves of light far more than long ones. At dusk the light comes a longer way, and what is left of it is red.";

    public const string Chinese = "天空之所以是蓝色的，是因为空气对短波光的散射远强于长波光。🌅 傍晚时分，光要走更长的路，👩‍🚀剩下的便是红色𝄞。";

    public const string Markdown = "Here is a loop:\n\n```csharp\nfor (int i = 0; i < 3; i++)\n{\n    Console.WriteLine(i);\n}\n```\n\nIt prints:\n\n- `0`\n- `1`\n- `2`\n\nThat is all.\n";

    public static TheoryData<string, string, string> InEveryDialect
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string dialect in (string[])["openai", "dashscope", "dashscope-cumulative", "hunyuan", "anthropic", "responses", "gemini", "ollama", "cohere"])
            {
                data.Add(dialect, "English", English);
                data.Add(dialect, "Chinese", Chinese);
                data.Add(dialect, "Markdown", Markdown);
            }

            return data;
        }
    }

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
