using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace LlmStream.Tests;

/// <summary>How the bytes of a transcript arrive.</summary>
public enum Delivery
{
    Whole,
    SplitInTwoAtEveryByte,
    AByteAtATime,
}

/// <summary>
/// Runs a theory for each of the project's transcripts, delivered whole, split in two at every byte, and a byte at a
/// time. The theory takes the transcript's name and the <see cref="Delivery"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TranscriptDataAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. from name in Transcript.Names from delivery in Enum.GetValues<Delivery>() select new TheoryDataRow<string, Delivery>(name, delivery)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

internal static class Deliveries
{
    /// <summary>The streams that a delivery stands for: one, or one for each place of the split.</summary>
    public static IEnumerable<ScriptedStream> Of(this Delivery delivery, byte[] bytes) => delivery switch
    {
        Delivery.Whole => [new ScriptedStream(bytes)],
        Delivery.AByteAtATime => [ScriptedStream.ByteByByte(bytes)],
        _ => Enumerable.Range(1, Math.Max(bytes.Length - 1, 0)).Select(split => new ScriptedStream(bytes, [split])),
    };
}
