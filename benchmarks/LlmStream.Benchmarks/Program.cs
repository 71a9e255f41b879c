using LlmStream.Benchmarks.Compare;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Micro;

namespace LlmStream.Benchmarks;

internal static class Program
{
    /// <returns>0; 1 where something could not be measured; 2 where the arguments are wrong.</returns>
    private static async Task<int> Main(string[] arguments)
    {
        // First of all: a child's start is one of the things that are measured.
        if (arguments.Length > 0 && ChildMain.Is(arguments[0]))
        {
            await ChildMain.RunAsync(arguments);
            return 0;
        }

        return await RunAsync(arguments);
    }

    private static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.WriteLine(Help.Text());
            return 0;
        }

        if (arguments[0] == CompareCommand.Name) return await CompareCommand.RunAsync(arguments[1..], Console.Out, Console.Error);
        if (arguments[0] == MicroCommand.All || MicroCommand.Benchmarks.ContainsKey(arguments[0])) return MicroCommand.Run(arguments[0], arguments[1..]);

        await Console.Error.WriteLineAsync($"There is no benchmark “{arguments[0]}”.{Environment.NewLine}{Help.Text()}");
        return 2;
    }
}
