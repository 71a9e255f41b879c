#:sdk Microsoft.NET.Sdk.Web
#:project ../../src/LlmStream.AspNetCore/LlmStream.AspNetCore.csproj
#:project ../../src/LlmStream.DependencyInjection/LlmStream.DependencyInjection.csproj
#:project ../../src/LlmStream.Testing/LlmStream.Testing.csproj

// A backend for useChat(), AG-UI, and OpenAI SDKs. The key of the provider stays on the server.
//
//   dotnet run tests/Samples/Relay.cs                    with a scripted server, without a key
//   Provider=deepseek dotnet run tests/Samples/Relay.cs  with a provider; the key is taken from its environment variable
//
//   curl -N http://localhost:5000/v1/chat/completions -H 'Content-Type: application/json' \
//     -d '{"model":"any","stream":true,"messages":[{"role":"user","content":"Why is the sky blue?"}]}'

using LlmStream;
using LlmStream.AspNetCore;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
    Script.Answer("The sky is blue because air scatters blue light more than red light.").WithRate(40).ResetAtEvent(6).ThenWithoutFaults());

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddLlmStream(options =>
    options.Provider = builder.Configuration["Provider"] is { } name ? LlmProvider.Parse(name) : server.Provider);

WebApplication app = builder.Build();
foreach (string path in (string[])["/api/chat", "/v1/chat/completions"])
{
    app.MapChatRelay(path, (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
        llm.StreamAsync(chat.Messages, cancellationToken: stopped));
}

await app.RunAsync();
