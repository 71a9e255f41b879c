using LlmStream.Testing.FrontEnds;
using LlmStream.Testing.FrontEnds.Wires;

namespace LlmStream.Testing;

/// <summary>
/// Checks that a chat front end tells the truth: each ending of an answer, served one by one by <see cref="ChatFrontEndServer"/>, on each
/// wire protocol. Independent of test frameworks.
/// </summary>
/// <remarks>
/// Well-known clients fail some of the cases: most take a connection that is closed in the middle of the answer for its end, which is why
/// a relay must never end an answer in this way.
/// </remarks>
/// <example>
/// <code>
/// await using var server = await ChatFrontEndServer.StartAsync();
/// foreach (ChatFrontEndCase ending in ChatFrontEndSuite.Cases.Where(c => c.Wire == "ui-messages"))
/// {
///     // Point the front end at the address, send a message, do what ending.Action says, and wait until nothing changes any more.
///     await page.SendAsync(server.GetAddress(ending), "Why is the sky blue?");
///     ending.Check(new ChatFrontEndObservation { Status = await page.StatusAsync(), Text = await page.AnswerAsync() });
/// }
/// </code>
/// </example>
public static class ChatFrontEndSuite
{
    /// <summary>The cases, ordered by wire. They are independent of each other.</summary>
    public static IReadOnlyList<ChatFrontEndCase> Cases { get; } =
        [.. FrontEndWire.All.SelectMany(wire => AnswerCases.Of(wire).Concat(FailureCases.Of(wire)).Concat(ResumeCases.Of(wire)))];
}
