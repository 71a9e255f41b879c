namespace LlmStream.Testing.Requests;

/// <summary>A request for a stored answer.</summary>
/// <param name="Id">The id of the answer.</param>
/// <param name="Stream">Whether the answer is requested as a stream.</param>
/// <param name="SkippedEvents">The number of events at the beginning that the client already has.</param>
internal sealed record ReplayRequest(string Id, bool Stream, int SkippedEvents);
