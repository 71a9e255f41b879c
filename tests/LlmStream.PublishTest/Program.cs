using LlmStream.PublishTest;

// Runs each check against the scripted server. .ci/run publishes this program trimmed, and compiled ahead of time, and runs both.
int failures = 0;
foreach ((string name, Func<Task> check) in Checks.All.Concat(RelayChecks.All).Concat(KeptChecks.All).Concat(RedisChecks.All))
{
    try
    {
        await check();
        Console.WriteLine($"ok      {name}");
    }
    catch (Exception exception)
    {
        failures++;
        Console.WriteLine($"FAILED  {name}: {exception}");
    }
}

return failures == 0 ? 0 : 1;
