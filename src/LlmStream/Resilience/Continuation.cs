using System.Text.Json.Nodes;
using LlmStream.Resilience.Fallback;

namespace LlmStream.Resilience;

/// <summary>The rest of a partial answer: its attempt, and what joins its deltas to the answer.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Joiner">The joiner.</param>
internal sealed record Continuation(Attempt Attempt, SeamJoiner Joiner)
{
    /// <summary>Requests the rest of an answer in one way.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="partial">The partial answer.</param>
    /// <param name="failure">Why the attempt before broke off.</param>
    /// <param name="tokensSpent">The tokens that the attempts so far have generated.</param>
    /// <param name="continuation">The way to continue.</param>
    /// <param name="sent">The same; or, if nothing but white space had arrived, a restart: the original request is sent again.</param>
    /// <exception cref="ChatStreamException">The request failed.</exception>
    public static async ValueTask<Continuation> StartAsync(
        ProviderCall provider,
        ChatStreamResult partial,
        ChatStreamException failure,
        long tokensSpent,
        ChatContinuation continuation,
        ChatContinuation sent)
    {
        LlmStreamOptions options = provider.Target.Options;
        bool echoes = provider.Provider.EchoesPrefix;
        string text = partial.Text;
        // Some providers refuse white space at the end of a prefill, others cut it off.
        string sentText = text.TrimEnd();
        if (sentText.Length > 0 && continuation == ChatContinuation.Instruction) sentText = text;
        // A prefill of the original request precedes the partial answer, unless the provider echoed it, as it may unannounced.
        string prefill = ContinuationRequest.PrefillOf(provider.Dialect, provider.Body);
        if ((echoes || prefill.Length >= SeamText.MinOverlap) && sentText.StartsWith(prefill, StringComparison.Ordinal)) prefill = "";
        string message = prefill + sentText;

        string instruction = ContinuationInstruction.Create(options, provider.Body, text);
        JsonObject body = ContinuationRequest.Build(provider.Dialect, provider.Body, sent, message, instruction, tokensSpent);
        Attempt attempt = await provider.ContinueAsync(body, ContinuationStrategy.IsPrefill(sent)).ConfigureAwait(false);

        // A new answer to the original request is joined to white space as a continuation of it, not as a repetition.
        ChatContinuation joined = sent == continuation ? continuation : ChatContinuation.Prefill;
        var seam = new SeamText(text, sentText.Length, sentText.Length == 0 ? "" : message, joined, echoes);
        var joiner = new SeamJoiner(
            seam, partial, failure, attempt.Number, options.Resume.RestartPolicy, options.Read.MaxAnswerCharacters)
        {
            Provider = attempt.Record.Provider,
            Model = attempt.Record.Model,
        };
        return new Continuation(attempt, joiner);
    }
}
