using System.Text.Json;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Requests the state of an answer that the provider keeps, once.</summary>
internal static class KeptAnswer
{
    /// <summary>Requests the state.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="pipeline">Retries the request.</param>
    /// <param name="call">The call.</param>
    /// <param name="request">The request for the state.</param>
    /// <returns>The whole answer in the provider's format; null if it has not ended.</returns>
    /// <exception cref="ChatStreamException">The request failed.</exception>
    public static async ValueTask<byte[]?> FetchAsync(
        ChatTransport transport, RetryPipeline pipeline, CallContext call, ChatRequest request)
    {
        try
        {
            byte[] state = await pipeline.ExecuteAsync(
                call, (c, token) => FetchOnceAsync(transport, c, request, token)).ConfigureAwait(false);
            if (!JsonSyntax.IsValid(state)) return state; // whatever it is, the decoder reports it
            using JsonDocument document = JsonFields.Parse(state);
            return call.Options.Provider.Dialect.Format.IsPending(document.RootElement) ? null : state;
        }
        catch (Exception exception)
        {
            Exception translated = call.Translate(exception, null) ?? exception;
            if (translated is ChatStreamException failure) call.Telemetry.Failed(failure);
            else call.Telemetry.Left(isCanceled: translated is OperationCanceledException, translated);
            if (ReferenceEquals(translated, exception)) throw;
            throw translated;
        }
    }

    private static async ValueTask<byte[]> FetchOnceAsync(
        ChatTransport transport, CallContext call, ChatRequest request, CancellationToken cancellationToken)
    {
        call.BeginAttempt(request.Model);
        using var watch = new ReadWatch(call.Options.TimeProvider, call.Options.Timeouts, call.Token);
        using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static state => ((ReadWatch)state!).Cancel(), watch);
        try
        {
            using HttpResponseMessage response = await transport.SendAsync(request, watch.Token).ConfigureAwait(false);
            watch.ResponseBegan();
            Stream content = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            using var state = new MemoryStream();
            byte[] buffer = new byte[16 * 1024];
            int count;
            // One byte more than is accepted, which the decoder reports.
            while (state.Length <= call.Options.Read.MaxEventBytes
                && (count = await content.ReadAsync(buffer, watch.Token).ConfigureAwait(false)) > 0)
            {
                state.Write(buffer, 0, count);
            }

            return state.ToArray();
        }
        catch (Exception exception)
        {
            Exception translated = call.Translate(exception, watch) ?? exception;
            if (ReferenceEquals(translated, exception)) throw;
            throw translated;
        }
    }
}
