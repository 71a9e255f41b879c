using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.PublishTest;

/// <summary>A function that is declared without reflection.</summary>
internal sealed class WeatherFunction : AIFunction
{
    private static readonly JsonElement Schema = JsonDocument.Parse(
        """{"type":"object","properties":{"city":{"type":"string","description":"The city"}},"required":["city"]}""").RootElement;

    public override string Name => "weather";

    public override string Description => "Returns the weather of a city.";

    public override JsonElement JsonSchema => Schema;

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        new($"rain in {arguments["city"]}");
}
