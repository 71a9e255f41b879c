using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat.Updates;

public class UpdateContentsTests
{
    [Fact]
    public void Behaves_as_a_list_after_any_changes()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            AIContent[] known = [new TextContent("a"), new TextContent("b"), new TextContent("c")];
            var expected = new List<AIContent> { known[0] };
            var actual = new UpdateContents(known[0]);
            AssertEqual(expected, actual, known);
            for (int i = random.Next(6); i > 0; i--)
            {
                int change = random.Next(6), index = random.Next(3);
                AIContent content = known[random.Next(known.Length)];
                Exception? expectedError = Record.Exception(() => Change(expected, change, index, content));
                Assert.Equal(expectedError?.GetType(), Record.Exception(() => Change(actual, change, index, content))?.GetType());
                AssertEqual(expected, actual, known);
            }
        }
    }

    [Fact]
    public void The_contents_of_an_update_can_be_changed()
    {
        ChatResponseUpdate update = new UpdateBuilder(UpdateContext.None).Add(new ChatDelta { Text = "a" })!;
        Assert.False(update.Contents.IsReadOnly);
        update.Contents.Add(new TextContent("b"));
        Assert.Equal("ab", update.Text);
        update.Contents.RemoveAt(0);
        Assert.Equal("b", update.Text);
    }

    [Fact]
    public void Several_loops_at_once_do_not_disturb_each_other()
    {
        var contents = new UpdateContents(new TextContent("a"));
        int count = 0;
        foreach (AIContent outer in contents)
        {
            foreach (AIContent inner in contents) count += ReferenceEquals(outer, inner) ? 1 : 100;
            if (count == 1) contents.Add(new TextContent("b")); // the loop is over those that were there when it began
        }

        Assert.Equal(1, count);
        Assert.Equal(2, contents.Count());
        Assert.Equal(["a", "b"], contents.Cast<TextContent>().Select(content => content.Text));
    }

    private static void Change(IList<AIContent> contents, int change, int index, AIContent content)
    {
        switch (change)
        {
            case 0:
                contents.Add(content);
                break;
            case 1:
                contents.Insert(index, content);
                break;
            case 2:
                Assert.Equal(contents.Contains(content), contents.Remove(content));
                break;
            case 3:
                contents.RemoveAt(index);
                break;
            case 4:
                contents[index] = content;
                break;
            default:
                contents.Clear();
                break;
        }
    }

    private static void AssertEqual(List<AIContent> expected, UpdateContents actual, AIContent[] known)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected, actual.AsEnumerable());
        Assert.Equal(expected, Enumerable.Range(0, actual.Count).Select(i => actual[i]));
        Assert.Equal(known.Select(content => expected.IndexOf(content)), known.Select(content => actual.IndexOf(content)));
        Assert.Equal(known.Select(expected.Contains), known.Select(actual.Contains));
        Assert.ThrowsAny<ArgumentException>(() => actual[expected.Count]);
        Assert.ThrowsAny<ArgumentException>(() => actual[-1]);
        var copy = new AIContent[expected.Count + 1];
        actual.CopyTo(copy, 1);
        Assert.Equal(expected, copy.Skip(1));
        Assert.ThrowsAny<Exception>(() => actual.CopyTo(copy, 1 + copy.Length));
    }
}
