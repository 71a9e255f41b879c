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
/// Runs a theory for each transcript: delivered in one read, split in two, and byte by byte. The theory takes the name of
/// the transcript and the <see cref="Delivery"/>.
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
    /// <summary>The streams of a delivery: one, or one for each <paramref name="step"/>th offset of the split.</summary>
    public static IEnumerable<ScriptedStream> Of(this Delivery delivery, byte[] bytes, int step = 1) => delivery switch
    {
        Delivery.Whole => [new ScriptedStream(bytes)],
        Delivery.AByteAtATime => [ScriptedStream.ByteByByte(bytes)],
        _ => EveryByte.Offsets(bytes.Length - 1, step).Where(split => split > 0).Select(split => new ScriptedStream(bytes, [split])),
    };
}
