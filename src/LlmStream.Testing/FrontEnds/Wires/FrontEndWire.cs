using LlmStream.Testing.Dialects;

namespace LlmStream.Testing.FrontEnds.Wires;

/// <summary>
/// A wire protocol, written from its documentation: deliberately without the encoders of LlmStream.AspNetCore, so that each can be checked
/// against the other.
/// </summary>
/// <param name="name">The name, as in paths.</param>
internal abstract class FrontEndWire(string name)
{
    public const string MessageId = "message-1";

    public static IReadOnlyList<FrontEndWire> All { get; } =
        [new UIMessagesFrontEndWire(), new OpenAIFrontEndWire(), new AgUIFrontEndWire(), new JsonFrontEndWire()];

    public string Name { get; } = name;

    /// <summary>Whether a resumed answer is sent from its beginning; otherwise what follows the last event that arrived.</summary>
    public abstract bool ReplaysWhole { get; }

    public virtual bool HasToolCalls => true;

    /// <summary>Whether the protocol tells the finish reason.</summary>
    public virtual bool HasFinishReason => true;

    /// <summary>Whether the protocol has an event for the place at which an answer was continued.</summary>
    public virtual bool HasSeam => false;

    /// <summary>Whether the protocol distinguishes a canceled answer from one that failed.</summary>
    public virtual bool HasCanceled => true;

    /// <summary>The status of the response if there is nothing to resume.</summary>
    public virtual int NothingStatus => 404;

    public virtual string ErrorContentType => "application/json";

    /// <summary>The headers of the stream, besides those of every wire.</summary>
    public virtual IEnumerable<(string Name, string Value)> Headers => [];

    /// <summary>The data of each event of an answer.</summary>
    public abstract IEnumerable<string> Write(Answer answer, RunIds ids);

    /// <summary>The data of each event of an answer that fails although nothing of it was sent.</summary>
    public abstract IEnumerable<string> WriteFailure(Failure failure, RunIds ids);

    /// <summary>The data of the event with more of the text, within an answer that <see cref="Write"/> began.</summary>
    public abstract string WriteMore(string piece);

    /// <summary>The body of a response with an error status.</summary>
    public abstract string WriteError(Failure failure);

    protected static string Quote(string value) => ProviderJson.Quote(value);
}

/// <summary>The client's ids of the conversation and of the run, which AG-UI repeats.</summary>
internal sealed record RunIds(string ThreadId, string RunId)
{
    public static RunIds Default { get; } = new("thread-1", "run-1");
}
