using System.Text.Json.Serialization;

namespace LlmStream.PublishTest;

internal sealed record Recipe(string Title, IReadOnlyList<string> Steps);

internal sealed record Progress(int Percent);

[JsonSerializable(typeof(Recipe))]
[JsonSerializable(typeof(Progress))]
[JsonSerializable(typeof(string))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class PublishTestJson : JsonSerializerContext;
