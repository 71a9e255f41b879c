namespace LlmStream.AspNetCore.Tests;

/// <summary>Tests that run alone: their listeners hear all streams of the process, or they need the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
