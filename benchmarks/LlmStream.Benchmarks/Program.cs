using LlmStream.Benchmarks.Compare;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Micro;

namespace LlmStream.Benchmarks;

internal static class Program
{
    /// <returns>0; 1 if something could not be measured; 2 if the arguments are invalid; more if it was stopped.</returns>
    private static async Task<int> Main(string[] arguments)
    {
        // Before anything else, since the time that a child process takes to start is measured.
        if (arguments.Length > 0 && ChildProgram.IsCommand(arguments[0]))
        {
            await ChildProgram.RunAsync(arguments);
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

        string name = arguments[0];
        if (name == CompareCommand.Name) return await CompareCommand.RunAsync(arguments[1..], Console.Error);
        if (MicroCommand.IsName(name)) return MicroCommand.Run(name, arguments[1..]);
        await Console.Error.WriteLineAsync($"Unknown benchmark “{name}”.{Environment.NewLine}{Help.Text()}");
        return 2;
    }
}
