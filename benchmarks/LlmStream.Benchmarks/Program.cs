using LlmStream.Benchmarks.Compare;
Console.WriteLine(Machine.Describe(TimeProvider.System));
Section s = args[1]=="linear" ? new LinearSection() : new ChunkSection();
foreach (var g in await s.RunAsync(args[0]=="full"?Scale.Full:args[0]=="smoke"?Scale.Smoke:Scale.Quick, Console.Out)) Console.WriteLine(g.What+" "+g.Result+" "+g.Asked+" "+g.Verdict);
