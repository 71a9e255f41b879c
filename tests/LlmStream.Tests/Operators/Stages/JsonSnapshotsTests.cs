using LlmStream.Operators.Stages;

namespace LlmStream.Tests.Operators.Stages;

public class JsonSnapshotsTests
{
    [Fact]
    public void All_snapshots_together_cost_a_fixed_multiple_of_the_text()
    {
        foreach (int count in (int[])[100, 1_000, 10_000])
        {
            var snapshots = new JsonSnapshots<int[]>(PartialJsonTests.Json.Default.Int32Array, new PartialJsonOptions().SnapshotGrowth);
            string json = $"[{string.Join(',', Enumerable.Range(100, count))}]";
            int created = 0;
            for (int i = 0; i < json.Length; i++)
            {
                Assert.Equal(-1, snapshots.Document.Read(json.AsSpan(i, 1), i));
                if (snapshots.TryCreate(isLast: false, out JsonSnapshot<int[]>? snapshot)) created++;
                if (i == json.Length - 1) Assert.Equal(count, snapshot!.Value!.Length);
            }

            Assert.InRange(created, 40, 50 + (51 * Math.Log(json.Length / 50.0)) + 1);
            Assert.InRange(snapshots.DeserializedLength, json.Length, 52L * json.Length);
        }
    }

    [Fact]
    public void A_snapshot_is_due_when_more_is_known()
    {
        var snapshots = new JsonSnapshots<int[]>(PartialJsonTests.Json.Default.Int32Array, growth: 0);
        Assert.Null(Read(snapshots, " ", 0)); // the document has not begun
        Assert.Equal("", Read(snapshots, "[", 1));
        Assert.Null(Read(snapshots, "1", 2)); // may continue
        Assert.Equal("1", Read(snapshots, ",", 3));
        Assert.Null(Read(snapshots, "2", 4));
        Assert.Equal("1,2", Read(snapshots, "]", 5));
        Assert.Null(Read(snapshots, " ", 6));
    }

    [Fact]
    public void The_last_snapshot_does_not_wait_for_growth()
    {
        var snapshots = new JsonSnapshots<int[]>(PartialJsonTests.Json.Default.Int32Array, growth: 100);
        Assert.Equal("", Read(snapshots, "[", 0));
        Assert.Null(Read(snapshots, "1,", 1));
        Assert.True(snapshots.TryCreate(isLast: true, out JsonSnapshot<int[]>? last));
        Assert.Equal([1], last.Value!);
        Assert.False(last.IsComplete);
        Assert.False(snapshots.TryCreate(isLast: true, out _));
    }

    [Fact]
    public void A_rewrite_is_always_new()
    {
        var snapshots = new JsonSnapshots<int[]>(PartialJsonTests.Json.Default.Int32Array, growth: 0);
        Assert.Equal("1", Read(snapshots, "[1,", 0));
        Assert.Equal("2", Read(snapshots, "2,", 1));
    }

    private static string? Read(JsonSnapshots<int[]> snapshots, string text, int offset)
    {
        Assert.Equal(-1, snapshots.Document.Read(text, offset));
        return snapshots.TryCreate(isLast: false, out JsonSnapshot<int[]>? snapshot) ? string.Join(',', snapshot.Value!) : null;
    }
}
