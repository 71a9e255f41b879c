using LlmStream.Testing.FrontEnds;
using LlmStream.Testing.FrontEnds.Wires;

namespace LlmStream.Testing;

/// <summary>One case of <see cref="ChatFrontEndSuite"/>: an answer that ends in one way, on one wire protocol. Immutable.</summary>
public sealed class ChatFrontEndCase
{
    internal ChatFrontEndCase(FrontEndWire protocol, string ending, Expectation expectation, Func<RunIds, CaseReply> begin) =>
        (Protocol, Ending, Expectation, Begin) = (protocol, ending, expectation, begin);

    /// <summary>The wire and the ending, such as <c>ui-messages/cut</c>. Unique; also the path of the case.</summary>
    public string Name => $"{Wire}/{Ending}";

    /// <summary>
    /// The wire protocol: <c>ui-messages</c> (<c>useChat</c> of the AI SDK 5, 6 and 7), <c>openai</c>, <c>ag-ui</c> or <c>json</c>.
    /// </summary>
    public string Wire => Protocol.Name;

    /// <summary>The ending, such as <c>cut</c>. The same on each wire.</summary>
    public string Ending { get; }

    /// <summary>What the server does, as a sentence.</summary>
    public string Description { get; internal init; } = "";

    /// <summary>What the user does besides sending a message, as a sentence; null means nothing.</summary>
    public string? Action { get; internal init; }

    /// <summary>What the user must see, as a sentence.</summary>
    public string MustSee { get; internal init; } = "";

    /// <summary>What the front end must not do, as a sentence.</summary>
    public string MustNot { get; internal init; } = "";

    internal FrontEndWire Protocol { get; }

    internal Expectation Expectation { get; }

    internal Func<RunIds, CaseReply> Begin { get; }

    /// <summary>The reply to a request to resume; null means that there is nothing.</summary>
    internal Func<RunIds, CaseReply>? Resume { get; init; }

    /// <summary>Checks what was seen.</summary>
    /// <param name="observation">What the user of the front end saw in the end.</param>
    /// <param name="requests">
    /// The requests of the front end, from <see cref="ChatFrontEndServer.TakeRequests"/>; null means that they are not checked.
    /// </param>
    /// <exception cref="ChatFrontEndViolationException">The front end shows something that did not happen.</exception>
    public void Check(ChatFrontEndObservation observation, IReadOnlyList<ChatFrontEndRequest>? requests = null)
    {
        IReadOnlyList<string> violations = FindViolations(observation, requests);
        if (violations.Count == 0) return;
        throw new ChatFrontEndViolationException(
            $"{Name}: {Description} The user must see: {MustSee} But:{Environment.NewLine}"
            + string.Join(Environment.NewLine, violations.Select(violation => $"- {violation}")));
    }

    /// <summary>Compares what was seen with what happened.</summary>
    /// <param name="observation">What the user of the front end saw in the end.</param>
    /// <param name="requests">The requests of the front end; null means that they are not checked.</param>
    /// <returns>Each difference, as a sentence; empty if the front end tells the truth.</returns>
    public IReadOnlyList<string> FindViolations(
        ChatFrontEndObservation observation, IReadOnlyList<ChatFrontEndRequest>? requests = null)
    {
        ArgumentNullException.ThrowIfNull(observation);
        return [.. ObservationCheck.Compare(Expectation, observation), .. ObservationCheck.Compare(Expectation, requests)];
    }

    /// <summary>The name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
