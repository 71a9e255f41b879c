using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmStream.Tests.Operators;

public partial class PartialJsonTests
{
    internal static readonly System.Text.Json.Serialization.Metadata.JsonTypeInfo<JsonElement> Elements = Json.Default.JsonElement;

    private static readonly PartialJsonOptions Every = new() { SnapshotGrowth = 0 };

    [Fact]
    public async Task Values_become_more_complete_with_each_delta()
    {
        string[] chunks =
        [
            """{"tit""", """le": "Sou""", """p", "minutes": 1""", """5, "steps": ["Bo""", """il", "Eat"], "vegan": tr""",
            """ue, "cook": {"name": "A\u4""", """E00\ud83d""", """\ude00"}}""",
        ];
        var seen = new List<string>();
        await foreach (JsonSnapshot<Recipe> snapshot in DeltaSource.Of(chunks).PartialJson(Json.Default.Recipe, Every))
            seen.Add($"{snapshot.Value}{(snapshot.IsComplete ? "!" : "")}");
        Assert.Equal(
        [
            "  0 [] False ",
            " Sou 0 [] False ",
            " Soup 0 [] False ",
            " Soup 15 [Bo] False ",
            " Soup 15 [Boil,Eat] False ",
            " Soup 15 [Boil,Eat] True A",
            " Soup 15 [Boil,Eat] True A一",
            " Soup 15 [Boil,Eat] True A一😀!",
        ], seen);
    }

    [Theory]
    [InlineData("""{"a":[1,-2.5e3,{"b":null}],"c":"x\"\\\n","d":{},"e":[],"f":true}""")]
    [InlineData("[]")]
    [InlineData("{ }")]
    [InlineData("12")]
    [InlineData("\"text 😀 世界\"")]
    [InlineData("null")]
    [InlineData(" \n [ [ [ ] , [ 1 ] ] ]  \n")]
    public async Task The_last_snapshot_is_the_whole_document_however_it_is_divided(string json)
    {
        string whole = JsonDocument.Parse(json).RootElement.GetRawText();
        await Splits.AssertSameAsync(
            json,
            async source =>
            {
                JsonSnapshot<JsonElement>? last = null;
                await foreach (JsonSnapshot<JsonElement> snapshot in source.PartialJson(Json.Default.JsonElement, Every))
                {
                    Assert.NotEqual(true, last?.IsComplete);
                    last = snapshot;
                }

                return last!.IsComplete ? last.Value.GetRawText() : "incomplete";
            },
            whole);
    }

    [Theory]
    [InlineData("```json\n{\"title\":\"Soup\"}\n```")]
    [InlineData("\uFEFF\n```\n{\"title\":\"Soup\"}")]
    [InlineData("{\"title\":\"Soup\"} I hope it helps. {")]
    public async Task Ignores_what_surrounds_the_document(string text)
    {
        await Splits.AssertSameAsync(text, async source => (await LastAsync(source)).Value!.Title, "Soup");
    }

    [Theory]
    [InlineData("{\"title\":\"Soup\",}", 16)]
    [InlineData("{\"title\":\"Soup\"]", 15)]
    [InlineData("{title:1}", 1)]
    [InlineData("{\"title\":\"a\nb\"}", 11)]
    [InlineData("{\"title\":\"a\\x\"}", 12)]
    [InlineData("{\"title\":nul1}", 12)]
    [InlineData("Here you are: {}", 0)]
    public async Task Reports_the_offset_of_invalid_JSON(string text, int offset)
    {
        await Splits.AssertSameAsync(
            text,
            async source =>
            {
                ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => LastAsync(source));
                Assert.Equal(ChatStreamError.InvalidJson, failure.Error);
                return failure.Message;
            },
            $"The answer should be JSON, but it is not valid at character {offset}.");
    }

    [Theory]
    [InlineData("{\"title\":\"Soup\"", "it is incomplete")]
    [InlineData("", "there is none")]
    [InlineData("{\"minutes\":\"many\"}", "it cannot be deserialized as Recipe")]
    [InlineData("{\"minutes\":1e}", "it cannot be deserialized as Recipe")]
    public async Task Fails_if_the_document_is_incomplete_missing_or_of_another_type(string text, string expected)
    {
        var source = DeltaSource.Of(text);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => LastAsync(source));
        Assert.Equal(ChatStreamError.InvalidJson, failure.Error);
        Assert.Contains(expected, failure.Message);
        Assert.Equal(text, failure.Partial.Text);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Reads_the_arguments_of_a_tool_call()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "I call" , ToolCalls = [new ToolCallDelta { Index = 0, Name = "f", Arguments = "{\"x\":" }] },
            new()
            {
                TextOffset = 6,
                ToolCalls =
                [
                    new ToolCallDelta { Index = 1, Name = "cook", Arguments = "{\"title\":" },
                    new ToolCallDelta { Index = 0, Arguments = "1}", ArgumentsOffset = 5 },
                ],
            },
            new() { TextOffset = 6, ToolCalls = [new ToolCallDelta { Index = 1, Arguments = "\"Soup\"}", ArgumentsOffset = 9 }] },
        ];
        JsonSnapshot<Recipe>? last = null;
        var options = new PartialJsonOptions { ToolCallIndex = 1 };
        await foreach (JsonSnapshot<Recipe> snapshot in new DeltaSource(deltas).PartialJson(Json.Default.Recipe, options)) last = snapshot;
        Assert.Equal((true, "Soup"), (last!.IsComplete, last.Value!.Title));
    }

    [Fact]
    public async Task Throws_a_failure_after_a_last_snapshot()
    {
        string text = $"{{\"title\":\"{new string('x', 1000)}\",\"minutes\":15";
        var source = new DeltaSource(DeltaSource.Answer([text[..1005], text[1005..1011], text[1011..]], finish: false))
        {
            Failure = new ChatStreamException(ChatStreamError.Truncated),
        };
        var lengths = new List<int>();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (JsonSnapshot<Recipe> snapshot in source.PartialJson(Json.Default.Recipe))
                lengths.Add(snapshot.Value!.Title!.Length);
        });
        Assert.Equal(ChatStreamError.Truncated, failure.Error);
        Assert.Equal([995, 1000], lengths);
        Assert.Equal(1, source.Disposals);

        source = new DeltaSource(DeltaSource.Answer(["12"], finish: false)) { Failure = failure };
        await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            // The number may continue.
            await foreach (JsonSnapshot<JsonElement> _ in source.PartialJson(Json.Default.JsonElement)) Assert.Fail();
        });
    }

    [Fact]
    public async Task Skips_snapshots_that_the_type_does_not_allow_yet()
    {
        var seen = new List<string>();
        DeltaSource source = DeltaSource.Of("""{"on":"2026-1""", """1-21","kind":"sec""", """ond","na""", """me":"A""", "b\"}");
        await foreach (JsonSnapshot<Strict> snapshot in source.PartialJson(Json.Default.Strict, Every))
            seen.Add($"{snapshot.Value!.Name} {snapshot.Value.On:yyyy-MM-dd} {snapshot.Value.Kind}");
        Assert.Equal(["A 2026-11-21 Second", "Ab 2026-11-21 Second"], seen);
    }

    [Fact]
    public async Task Reads_rewritten_text_again()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "```json\n{\"title\":\"Soap" }, new() { Text = "up\",\"minutes\":3", TextOffset = 20 },
            new() { Text = "}", TextOffset = 35 }, new() { Text = "4}\n```", TextOffset = 34 },
        ];
        var seen = new List<string>();
        await foreach (JsonSnapshot<Recipe> snapshot in new DeltaSource(deltas).PartialJson(Json.Default.Recipe, Every))
            seen.Add($"{snapshot.Value!.Title} {snapshot.Value.Minutes}");
        Assert.Equal(["Soap 0", "Soup 0", "Soup 3", "Soup 4"], seen);
    }

    [Fact]
    public async Task Checks_arguments_can_be_left_and_cancelled()
    {
        Assert.Throws<ArgumentNullException>(() => ((IAsyncEnumerable<ChatDelta>)null!).PartialJson(Json.Default.Recipe));
        Assert.Throws<ArgumentNullException>(() => DeltaSource.Of("a").PartialJson<Recipe>(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PartialJsonOptions { SnapshotGrowth = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PartialJsonOptions { ToolCallIndex = -1 });

        var left = DeltaSource.Of("{", "}");
        await foreach (JsonSnapshot<Recipe> _ in left.PartialJson(Json.Default.Recipe)) break;
        Assert.Equal((1, 1), (left.Moves, left.Disposals));

        using var cancellation = new CancellationTokenSource();
        var waiting = new DeltaSource(DeltaSource.Answer(["{"])) { Gates = { [1] = new TaskCompletionSource().Task } };
        await using IAsyncEnumerator<JsonSnapshot<Recipe>> snapshots =
            waiting.PartialJson(Json.Default.Recipe).GetAsyncEnumerator(cancellation.Token);
        Assert.True(await snapshots.MoveNextAsync());
        Task<bool> next = snapshots.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(1, waiting.Disposals);
    }

    private static async Task<JsonSnapshot<Recipe>> LastAsync(IAsyncEnumerable<ChatDelta> source)
    {
        JsonSnapshot<Recipe>? last = null;
        await foreach (JsonSnapshot<Recipe> snapshot in source.PartialJson(Json.Default.Recipe)) last = snapshot;
        Assert.True(last!.IsComplete);
        return last;
    }

    public sealed class Recipe
    {
        public string? Title { get; set; }

        public int Minutes { get; set; }

        public List<string> Steps { get; set; } = [];

        public bool Vegan { get; set; }

        public Cook? Cook { get; set; }

        public override string ToString() => $" {Title} {Minutes} [{string.Join(',', Steps)}] {Vegan} {Cook?.Name}";
    }

    public sealed class Cook
    {
        public string? Name { get; set; }
    }

    public sealed class Strict
    {
        public required string Name { get; init; }

        public DateTime On { get; init; }

        public Kind Kind { get; init; }
    }

    public enum Kind
    {
        First,
        Second,
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(Recipe))]
    [JsonSerializable(typeof(Strict))]
    [JsonSerializable(typeof(JsonElement))]
    [JsonSerializable(typeof(int[]))]
    internal sealed partial class Json : JsonSerializerContext;
}
