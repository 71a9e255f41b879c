#:project ../../src/LlmStream/LlmStream.csproj
#:project ../../src/LlmStream.Testing/LlmStream.Testing.csproj

// A chat in the console. An answer that breaks off is resumed; Ctrl+C stops an answer, and an empty line ends the chat.
//
//   dotnet run tests/Samples/Chat.cs             with a scripted server, without a key
//   dotnet run tests/Samples/Chat.cs deepseek    with a provider; the key is taken from its environment variable
//
// In your own code, #:package LlmStream replaces the first line.

using LlmStream;
using LlmStream.Testing;
using Microsoft.Extensions.AI;

const string Answer = "The sky is blue because air scatters blue light more than red light.";
await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
    Script.Answer(Answer).WithRate(40).ResetAtEvent(6).ThenWithoutFaults()); // the first answer is cut off, and resumed

using var client = new LlmStreamClient(args is [var name] ? LlmProvider.Parse(name) : server.Provider);
CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true; // only the answer is stopped
    stop.Cancel();
};

List<ChatMessage> messages = [];
while (true)
{
    Console.Write("> ");
    if (Console.ReadLine() is not { Length: > 0 } prompt) break;
    messages.Add(new(ChatRole.User, prompt));
    List<ChatDelta> deltas = [];
    try
    {
        stop = new CancellationTokenSource();
        await foreach (ChatDelta delta in client.StreamAsync(messages, cancellationToken: stop.Token))
        {
            deltas.Add(delta);
            Console.Write(delta.Text);
        }
    }
    catch (ChatStreamException failure)
    {
        Console.Error.Write($" [{failure.Error}: {failure.Message}]");
    }
    catch (OperationCanceledException)
    {
        Console.Error.Write(" [stopped]");
    }

    Console.WriteLine();
    ChatStreamResult answer = await deltas.ToAsyncEnumerable().CollectAsync(); // also what arrived of an answer that failed
    messages.Add(answer.ToChatMessage());
}
