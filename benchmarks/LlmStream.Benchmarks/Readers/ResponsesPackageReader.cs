using System.ClientModel;
using System.ClientModel.Primitives;
using LlmStream.Benchmarks.Streams;
using OpenAI.Responses;

#pragma warning disable OPENAI001 // experimental: the client of the Responses API may change

namespace LlmStream.Benchmarks.Readers;

/// <summary>The package <c>OpenAI</c>'s client of the Responses API, used as in its documentation.</summary>
internal sealed class ResponsesPackageReader : Reader
{
    private readonly FixedResponseHandler _handler = new();
    private readonly ResponsesClient _client;

    public ResponsesPackageReader()
    {
        var options = new ResponsesClientOptions
        {
            Endpoint = new Uri("http://127.0.0.1/v1"), Transport = new HttpClientPipelineTransport(new HttpClient(_handler)),
        };
        _client = new ResponsesClient(new ApiKeyCredential("none"), options);
    }

    public override string Name => "OpenAI package";

    public override bool CanRead(SampleStream stream) => stream.Dialect == "responses";

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        _handler.Respond(stream, body);
        await using AsyncStreamingResult<StreamingResponseUpdate> updates =
            await _client.CreateResponseStreamingAsync("m", "Why is the sky blue?");
        await foreach (StreamingResponseUpdate update in updates)
        {
            if (update is StreamingResponseOutputTextDeltaUpdate text) totals.AddText(text.Delta);
            else if (update is StreamingResponseFunctionCallArgumentsDeltaUpdate call) totals.AddArguments(call.Delta.ToString());
        }
    }
}
