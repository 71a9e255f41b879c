namespace LlmStream.Diagnostics;

/// <summary>What a call requests, as known before it begins, so that samplers can decide by it.</summary>
internal sealed record CallDescription
{
    /// <summary>Nothing is known but that an answer is requested.</summary>
    public static CallDescription Chat { get; } = new();

    /// <summary>An answer is fetched that the provider has generated for an earlier call.</summary>
    public static CallDescription FetchResponse { get; } = new() { Operation = "fetch_response" };

    /// <summary>The operation, as the conventions name it.</summary>
    public string Operation { get; private init; } = "chat";

    /// <summary>Whether the model generates something, so that tokens are spent.</summary>
    public bool IsInference => ReferenceEquals(Operation, Chat.Operation);

    /// <summary>The model that is requested, or null.</summary>
    public string? Model { get; init; }

    /// <summary>Tags with the settings of the request, such as the temperature.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Settings { get; init; } = [];
}
