#:project ../../src/LlmStream/LlmStream.csproj
#:project ../../src/LlmStream.Testing/LlmStream.Testing.csproj
#:package Microsoft.Agents.AI

// An agent of Microsoft Agent Framework with a tool. The agent calls the tool by itself.
//
//   dotnet run tests/Samples/Agent.cs           with a scripted server, without a key
//   dotnet run tests/Samples/Agent.cs openai    with a provider; the key is taken from its environment variable

using System.ComponentModel;
using LlmStream;
using LlmStream.Testing;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
    Script.Answer("").WithToolCall("get_weather", """{"city":"Bergen"}""").Then(Script.Answer("Take an umbrella: it rains in Bergen.")));

using var client = new LlmStreamClient(args is [var name] ? LlmProvider.Parse(name) : server.Provider);
AIFunction weather = AIFunctionFactory.Create(GetWeather, "get_weather");
AIAgent agent = new ChatClientAgent(client.AsIChatClient(), instructions: "Be brief.", tools: [weather]);

await foreach (AgentResponseUpdate update in agent.RunStreamingAsync("Do I need an umbrella in Bergen?")) Console.Write(update.Text);
Console.WriteLine();

[Description("The weather in a city, now.")]
static string GetWeather(string city)
{
    Console.WriteLine($"[get_weather: {city}]");
    return $"It rains in {city}.";
}
