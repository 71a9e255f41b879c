namespace LlmStream.Testing.Continuing;

/// <summary>What is asked for of an answer that was kept.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Stream">Whether as a stream.</param>
/// <param name="Events">How many of its events are passed over.</param>
internal sealed record Retrieval(string Id, bool Stream, int Events);
