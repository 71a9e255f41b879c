namespace LlmStream.Testing;

/// <summary>A tool call, as a front end has it.</summary>
/// <param name="Name">The name of the tool.</param>
/// <param name="Arguments">The arguments: JSON, compared as such.</param>
/// <param name="IsComplete">Whether the front end would run the tool, or ask the user whether to.</param>
public sealed record ChatFrontEndToolCall(string Name, string Arguments, bool IsComplete);
