using LlmStream.Benchmarks.Compare;
using LlmStream.Benchmarks.Loopback;
if (args.Length > 0 && ChildMain.Is(args[0])) { await ChildMain.RunAsync(args); return 0; }
return await CompareCommand.RunAsync(args[1..], Console.Out, Console.Error);
